//! The numbers of people: four digits, and the first free one for whoever asks for none.

use super::{Change, ConfigError, sql};

/// Numbers that are read at once in search of one that is free.
const NUMBERS_AT_ONCE: u32 = 256;

impl Change {
    /// Looks up from where on a number may be free, for all the people who are added next: what one of them learns is forgotten
    /// if they are refused.
    ///
    /// # Errors
    /// The database cannot be read.
    pub async fn look_for_free_numbers(&mut self) -> Result<(), ConfigError> {
        self.look_from_where_free().await?;
        Ok(())
    }

    pub(super) async fn first_free_number(&mut self) -> Result<String, ConfigError> {
        let free = self.look_from_where_free().await?;
        if free > 9_999 {
            return Err(ConfigError::field(
                "number",
                "no_number_left",
                "all four-digit numbers are taken",
            ));
        }
        Ok(number_text(free))
    }

    async fn look_from_where_free(&mut self) -> Result<u32, ConfigError> {
        let tenant = self.tenant().0;
        let mut free = self.free_from();
        loop {
            let taken: Vec<String> = sqlx::query_scalar(sql::PERSON_NUMBERS)
                .bind(tenant)
                .bind(number_text(free - 1))
                .bind(NUMBERS_AT_ONCE)
                .fetch_all(self.conn())
                .await?;
            let is_taken = |(number, taken): &(u32, &String)| number_text(*number) == **taken;
            let in_turn = (free..).zip(&taken).take_while(is_taken).count() as u32;
            free += in_turn;
            if in_turn < NUMBERS_AT_ONCE {
                break;
            }
        }
        self.know_free_from(free);
        Ok(free)
    }
}

fn number_text(number: u32) -> String {
    format!("{number:04}")
}
