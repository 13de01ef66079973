//! The whole way of a message, from decoded to released: over a journal that costs nothing, and over the files of a node.

use std::path::Path;
use std::time::Duration;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use ecluse_benches::pipeline::Pipeline;
use ecluse_benches::size;

fn measure(criterion: &mut Criterion, name: &str, mut pipeline: Pipeline, messages: usize) {
    let mut group = criterion.benchmark_group("pipeline");
    group
        .throughput(Throughput::Elements(messages as u64))
        .sample_size(20)
        .measurement_time(Duration::from_secs(10));
    group.bench_function(name, |bencher| {
        bencher.iter_custom(|turns| {
            let mut took = Duration::ZERO;
            for _ in 0..turns {
                let (bodies, before) = (pipeline.bodies(messages), pipeline.committed());
                took += pipeline.receive(bodies);
                assert_eq!(
                    pipeline.committed() - before,
                    messages as u64,
                    "one entry for each message"
                );
                pipeline.catch_up();
            }
            took
        });
    });
    group.finish();
}

fn pipeline(criterion: &mut Criterion) {
    measure(
        criterion,
        "null journal",
        Pipeline::over_nothing(),
        size(50_000, 200),
    );
    let directory = tempfile::tempdir_in(Path::new(env!("CARGO_TARGET_TMPDIR")))
        .expect("a directory can be made");
    measure(
        criterion,
        "journal and store",
        Pipeline::over_files(directory.path()),
        size(20_000, 200),
    );
}

criterion_group!(benches, pipeline);
criterion_main!(benches);
