//! The engine's promises, kept by the engine as others see it.

#[cfg(test)]
mod abuse;
#[cfg(test)]
mod audit;
#[cfg(test)]
mod auto_replies;
#[cfg(test)]
mod chatbots;
#[cfg(test)]
mod closing;
#[cfg(test)]
mod conversation;
#[cfg(test)]
mod conversation_ownership;
#[cfg(test)]
mod conversation_random;
#[cfg(test)]
mod conversation_sending;
#[cfg(test)]
mod door;
#[cfg(test)]
mod guard;
#[cfg(test)]
mod receive;
#[cfg(test)]
mod recorder;
#[cfg(test)]
mod registry;
#[cfg(test)]
mod registry_race;
#[cfg(test)]
mod retention;
#[cfg(test)]
mod returning;
#[cfg(test)]
mod routing;
#[cfg(test)]
mod simulation;
#[cfg(test)]
mod talk;
