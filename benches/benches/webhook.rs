//! A webhook's body, from the wire to what it reports.

use std::hint::black_box;

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use ecluse_adapters::whatsapp::parse::parse;
use ecluse_benches::webhook::Signed;

fn webhook(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("webhook");
    for messages in [1, 100] {
        let signed = Signed::new(messages);
        group.throughput(Throughput::Elements(messages as u64));
        group.bench_function(BenchmarkId::new("verify", messages), |bencher| {
            let mut verified = 0_u64;
            bencher.iter(|| {
                signed
                    .secret
                    .verify(Some(&signed.signature), black_box(&signed.body))
                    .expect("it is signed");
                verified += 1;
            });
            assert!(verified > 0, "nothing was measured");
        });
        group.bench_function(BenchmarkId::new("parse", messages), |bencher| {
            bencher.iter(|| {
                let received = parse(black_box(&signed.body)).expect("it is a webhook");
                assert_eq!(received.len(), signed.messages);
                received
            });
        });
    }
    group.finish();
}

criterion_group!(benches, webhook);
criterion_main!(benches);
