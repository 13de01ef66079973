//! A webhook that believes nobody and remembers what it accepted.

use std::net::TcpListener;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread::JoinHandle;

use actix_web::{App, HttpRequest, HttpResponse, HttpServer, rt, web};
use ecluse_adapters::meta::{AppSecret, Handshake, SIGNATURE_HEADER};
use ecluse_adapters::sim::meta::MetaOptions;
use ecluse_adapters::whatsapp::Received;
use ecluse_adapters::whatsapp::parse::parse;
use parking_lot::Mutex;
use secrecy::SecretString;
use tokio::sync::oneshot;

struct Shared {
    secret: AppSecret,
    verify_token: SecretString,
    refusals: AtomicUsize,
    accepted: Mutex<Vec<Received>>,
    forged: AtomicUsize,
}

/// A running webhook; it ends when it is dropped.
pub(crate) struct Hook {
    shared: Arc<Shared>,
    url: String,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Hook {
    /// Starts a webhook that refuses the first `refusals` bodies.
    pub(crate) fn start(options: &MetaOptions, refusals: usize) -> Self {
        let shared = Arc::new(Shared {
            secret: AppSecret::new(&options.app_secret).unwrap(),
            verify_token: options.verify_token.clone(),
            refusals: AtomicUsize::new(refusals),
            accepted: Mutex::default(),
            forged: AtomicUsize::new(0),
        });
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}/webhook", listener.local_addr().unwrap());
        let (stop, stopped) = oneshot::channel();
        let data = web::Data::from(Arc::clone(&shared));
        let thread =
            std::thread::spawn(move || rt::System::new().block_on(serve(data, listener, stopped)));
        Self {
            shared,
            url,
            stop: Some(stop),
            thread: Some(thread),
        }
    }

    pub(crate) fn url(&self) -> String {
        self.url.clone()
    }

    /// What was accepted, in order.
    pub(crate) fn accepted(&self) -> Vec<Received> {
        assert_eq!(
            self.shared.forged.load(Ordering::SeqCst),
            0,
            "a body with a wrong signature came"
        );
        self.shared.accepted.lock().clone()
    }
}

impl Drop for Hook {
    fn drop(&mut self) {
        drop(self.stop.take());
        self.thread.take().unwrap().join().unwrap();
    }
}

async fn serve(data: web::Data<Shared>, listener: TcpListener, stopped: oneshot::Receiver<()>) {
    let server = HttpServer::new(move || {
        App::new()
            .app_data(data.clone())
            .route("/webhook", web::get().to(handshake))
            .route("/webhook", web::post().to(take))
    });
    let server = server
        .workers(1)
        .disable_signals()
        .shutdown_timeout(0)
        .listen(listener)
        .unwrap()
        .run();
    let handle = server.handle();
    let server = rt::spawn(server);
    drop(stopped.await);
    handle.stop(false).await;
    drop(server.await);
}

async fn handshake(shared: web::Data<Shared>, query: web::Query<Handshake>) -> HttpResponse {
    match query.answer(&shared.verify_token) {
        Ok(challenge) => HttpResponse::Ok().body(challenge.to_owned()),
        Err(_) => HttpResponse::Forbidden().finish(),
    }
}

async fn take(shared: web::Data<Shared>, request: HttpRequest, body: web::Bytes) -> HttpResponse {
    let signature = request
        .headers()
        .get(SIGNATURE_HEADER)
        .and_then(|value| value.to_str().ok());
    if shared.secret.verify(signature, &body).is_err() {
        shared.forged.fetch_add(1, Ordering::SeqCst);
        return HttpResponse::Unauthorized().finish();
    }
    let refusals = &shared.refusals;
    if refusals
        .fetch_update(Ordering::SeqCst, Ordering::SeqCst, |left| {
            left.checked_sub(1)
        })
        .is_ok()
    {
        return HttpResponse::ServiceUnavailable().finish();
    }
    shared.accepted.lock().extend(parse(&body).unwrap());
    HttpResponse::Ok().finish()
}
