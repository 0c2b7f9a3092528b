using ActorStreams.Authoring;
using ActorStreams.Operators.Tests.Fixtures;

namespace ActorStreams.Persistence.Tests;

/// <summary>A whole job on a store whose Nth step fails, for every N: opening, recovery and every epoch's commit.</summary>
public abstract class EngineFaults(Func<StoreFixture> create)
{
    private const int RowsBefore = 40;
    private const int RowsAfter = 60;

    [Fact]
    public Task An_error_that_passes_at_any_step_changes_nothing() => EveryStepAsync(isTransient: true);

    [Fact]
    public Task An_error_that_ends_the_job_at_any_step_changes_nothing_once_it_is_started_again() => EveryStepAsync(isTransient: false);

    private static Pipeline Summing(ScriptedSource<int> source)
    {
        var pipeline = Pipeline.Create("faulty");
        Stream<int> numbers = pipeline.Read("numbers", source);
        numbers.Write("all", Sinks.Table<int>("all_numbers", t => t.Column("n", n => n)));
        numbers.KeyBy(n => n % 5).EventSourced<long, (int Key, long Sum)>("sums", (sum, n) => [(n % 5, sum + n)], (_, e) => e.Sum)
            .Write("latest", Sinks.Table<(int Key, long Sum)>("latest_sums", t => t.Key("key", e => e.Key).Column("sum", e => e.Sum)));
        return pipeline;
    }

    private static async Task RunAsync(Store store, ScriptedSource<int> source, long rows)
    {
        await using (store)
        {
            await using Job job = await Job.StartAsync(Summing(source), store,
                new JobOptions
                {
                    EpochInterval = TimeSpan.FromMilliseconds(10),
                    Shards = 4,
                    Parallelism = 2,
                    Restart = RestartPolicy.None
                });
            Task reached = rows > 0 ? source.CommittedAsync(rows) : job.Completion;
            await (await Task.WhenAny(reached, job.Completion)).WaitAsync(Limits.Test);
        }
    }

    private async Task EveryStepAsync(bool isTransient)
    {
        for (int step = 0; ; step++)
        {
            await using StoreFixture fixture = create();
            var source = new ScriptedSource<int>().Add([.. Enumerable.Range(0, RowsBefore)]);
            await RunAsync(fixture.Open(), source, RowsBefore);

            source.Add([.. Enumerable.Range(RowsBefore, RowsAfter)]);
            source.End();
            var faults = new FailingSteps(at => throw new StoreException($"failed on purpose at '{at}'", isTransient));
            faults.Arm(step);
            try
            {
                await RunAsync(fixture.Open(faults), source, rows: 0);
            }
            catch (StoreException error)
            {
                Assert.Contains("on purpose", error.Message, StringComparison.Ordinal);
                await RunAsync(fixture.Open(), source, rows: 0);
            }

            string where = $"step {step}, '{faults.Failed}'";
            IEnumerable<long> all = (await fixture.ReadTableAsync("all_numbers", ColumnType.Int64)).Select(row => (long)row[0]!).Order();
            Assert.True(all.SequenceEqual(Enumerable.Range(0, RowsBefore + RowsAfter).Select(n => (long)n)), where);
            IEnumerable<(long, long)> sums = (await fixture.ReadTableAsync("latest_sums", ColumnType.Int64, ColumnType.Int64)).Select(
                row => ((long)row[0]!, (long)row[1]!)).Order();
            Assert.True(sums.SequenceEqual(Enumerable.Range(0, 5)
                .Select(key => ((long)key, Enumerable.Range(0, RowsBefore + RowsAfter).Where(n => n % 5 == key).Sum(n => (long)n)))),
                where);
            if (faults.Failed is not null)
                continue;
            Assert.InRange(step, 5, 200);
            return;
        }
    }
}

public sealed class SqliteEngineFaults()
    : EngineFaults(() => new SqliteFixture { Options = new() { Synchronous = SqliteSynchronous.Normal } });

[Collection("PostgreSQL")]
public sealed class PostgreSqlEngineFaults() : EngineFaults(() => new PostgreSqlFixture());
