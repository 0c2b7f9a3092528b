using ActorStreams.Authoring;
using ActorStreams.Tests;

namespace ActorStreams.Connectors.PostgreSql.Tests;

/// <summary>The line to a table that is written breaks wherever it likes, or falls silent: the table shows what the input comes to, and
/// nothing is left beside it.</summary>
public sealed class SinkLineSpec : IAsyncLifetime
{
    private const string Impatient = ";Timeout=1;Command Timeout=1;Cancellation Timeout=-1";
    private readonly TestDatabase _database = new();
    private readonly BreakingLine _line;

    public SinkLineSpec() => _line = new BreakingLine(_database.ConnectionString);

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync()
    {
        await _line.DisposeAsync();
        _database.Dispose();
    }

    [Theory]
    [InlineData(LineBreak.FromServer, 97)]
    [InlineData(LineBreak.ToServer, 401)]
    [InlineData(LineBreak.Commit, 1)]
    [InlineData(LineBreak.AnswerToCommit, 1)]
    public async Task An_epoch_that_breaks_off_after_any_number_of_bytes_is_there_once(LineBreak way, int step)
    {
        Store store = Store.InMemory();
        Sink<Upsert<int, long>> sink = Sums(_line.ConnectionString);
        long epoch = 0, generation = 1, points = 0;
        byte[]? handle = null;
        SinkWriter<Upsert<int, long>> writer = await sink.OpenAsync(Context(), default);
        for (int count = 0; ; count += step, points++)
        {
            _line.BreakAfter(way, count);
            while (true)
            {
                try
                {
                    await EpochAsync();
                    break;
                }
                catch (SinkException)
                {
                    generation++;
                    await writer.DisposeAsync();
                    writer = await OpenAsync();
                }
            }

            Assert.Equal([$"0 {epoch}", $"{epoch} {epoch}"], Rows());
            if (_line.BreaksLeft > 0)
                break;
        }

        Assert.InRange(points, 2, 200);
        await writer.DisposeAsync();
        Assert.Empty(_database.Rows("SELECT 1 FROM actorstreams_staged_sums"));

        async Task EpochAsync()
        {
            writer.Write(
                new([Upsert<int, long>.Put(0, epoch + 1), Upsert<int, long>.Put((int)epoch + 1, epoch + 1),
                Upsert<int, long>.Delete((int)epoch)], new long[3]));
            if (epoch == 0)
                writer.Write(new([Upsert<int, long>.Put(0, 1)], new long[1]));
            byte[] prepared = (await writer.PrepareAsync(epoch + 1, default)).Handle!;
            (epoch, handle) = (epoch + 1, prepared);   // the store's commit
            long committed = epoch;
            await writer.CommitAsync(committed, prepared, default);
        }

        async Task<SinkWriter<Upsert<int, long>>> OpenAsync()
        {
            while (true)
            {
                try
                {
                    return await sink.OpenAsync(Context(), default);
                }
                catch (SinkException)
                {
                    generation++;
                }
            }
        }

        SinkContext Context() => new("shop", "out", 0, epoch, handle, generation, TimeProvider.System) { Store = store };
    }

    [Theory]
    [InlineData(LineBreak.Commit)]
    [InlineData(LineBreak.AnswerToCommit)]
    public async Task A_commit_whose_line_falls_silent_is_there_once_and_soon(LineBreak way)
    {
        Sink<Upsert<int, long>> sink = Sums(_line.ConnectionString + Impatient, TimeSpan.FromMilliseconds(300));
        Store store = Store.InMemory();
        await using SinkWriter<Upsert<int, long>> writer = await sink.OpenAsync(
            new("shop", "out", 0, 0, null, 1, TimeProvider.System) { Store = store }, default);
        writer.Write(new([Upsert<int, long>.Put(1, 1)], new long[1]));
        byte[]? handle = (await writer.PrepareAsync(1, default)).Handle;
        _line.BreakAfter(way, 0, silently: true);
        await writer.CommitAsync(1, handle, default).AsTask().WaitAsync(TimeSpan.FromSeconds(10));
        Assert.Equal(0, _line.BreaksLeft);
        Assert.Equal(["1 1"], Rows());

        // the same in the hands of a later run
        writer.Write(new([Upsert<int, long>.Put(1, 2)], new long[1]));
        handle = (await writer.PrepareAsync(2, default)).Handle;
        _line.BreakAfter(way, 0, silently: true);
        Task commit = writer.CommitAsync(2, handle, default).AsTask();
        while (_line.BreaksLeft > 0)
            await Task.Delay(10);
        await using SinkWriter<Upsert<int, long>> next = await Sums(_database.ConnectionString, TimeSpan.FromMilliseconds(300))
            .OpenAsync(new("shop", "out", 0, 2, handle, 2, TimeProvider.System) { Store = store }, default).AsTask()
            .WaitAsync(TimeSpan.FromSeconds(10));
        Assert.Equal(["1 2"], Rows());
        await Assert.ThrowsAsync<SinkException>(() => commit.WaitAsync(TimeSpan.FromSeconds(10)));
    }

    [Theory]
    [InlineData(1)]
    public async Task A_job_whose_line_breaks_again_and_again_leaves_what_its_input_comes_to(int seed)
    {
        var random = new Random(seed);
        (int Key, long Amount)[] rows = [.. Enumerable.Range(0, 1_000).Select(_ => (random.Next(40), (long)random.Next(-20, 20)))];
        var options = new JobOptions
        {
            Parallelism = 2,
            Shards = 4,
            EpochInterval = TimeSpan.FromMilliseconds(10),
            Restart = new RestartPolicy(10_000, TimeSpan.FromMilliseconds(1), TimeSpan.FromMilliseconds(5))
        };
        string folder = TestDatabase.NewFolder();
        await using Store store = Store.Sqlite(Path.Combine(folder, "job.db"));
        int breaks = 0, starts = 0;
        Job? job = null;
        while (job?.Completion.IsCompleted is not true)
        {
            var way = (LineBreak)random.Next(4);
            if (_line.BreaksLeft == 0 && ++breaks > 0)
                _line.BreakAfter(way, random.Next(way switch { LineBreak.FromServer => 40_000, LineBreak.ToServer => 3_000, _ => 5 }));
            if (job is not null && breaks % 6 == 0)
            {
                breaks++;
                await job.DisposeAsync();
                job = null;
            }

            job ??= await StartAsync();
            await Task.Delay(5);
        }

        await job.Completion;
        _line.Last();
        await job.DisposeAsync();
        Assert.True(breaks > 2, $"Seed {seed}: only {breaks} breaks and {starts} starts.");
        Assert.Equal(rows.GroupBy(row => row.Key).Select(group => $"{group.Key} {group.Sum(row => row.Amount)}")
            .Order(StringComparer.Ordinal), Rows());
        Assert.Empty(_database.Rows("SELECT 1 FROM actorstreams_staged_sums"));
        Directory.Delete(folder, recursive: true);

        async Task<Job> StartAsync()
        {
            while (true)
            {
                var pipeline = Pipeline.Create("shop");
                pipeline.Read("rows", Sources.Of(rows).RateLimit(1_000)).AsChanges().GroupBy(row => row.Key).Sum("sums", row => row.Amount)
                    .Write("out", Sums(_line.ConnectionString));
                try
                {
                    starts++;
                    return await Job.StartAsync(pipeline, store, options);
                }
                catch (SinkException)
                {
                    await Task.Yield();
                }
            }
        }
    }

    [Fact]
    public async Task A_job_that_writes_is_disposed_of_soon_although_the_line_is_silent()
    {
        var pipeline = Pipeline.Create("shop");
        pipeline.Read("rows", Sources.Of(Enumerable.Range(0, 100_000).ToArray()).RateLimit(1_000)).AsChanges().GroupBy(row => row % 10)
            .Sum("sums", row => row)
            .Write("out", Sums(_line.ConnectionString + Impatient));
        Job job = await Job.StartAsync(pipeline, Store.InMemory(), new JobOptions { EpochInterval = TimeSpan.FromMilliseconds(10) });
        while (job.Epoch < 5 && !job.Completion.IsCompleted)
            await Task.Delay(10);
        Assert.False(job.Completion.IsCompleted);
        _line.FallSilent();
        await Task.Delay(100);
        await job.DisposeAsync().AsTask().WaitAsync(TimeSpan.FromSeconds(20));
    }

    private static Sink<Upsert<int, long>> Sums(string connectionString, TimeSpan? silence = null) => PostgreSqlSink.Upsert<int, long>(
        connectionString, "sums", t => t.Key("id", id => id).Column("sum", sum => sum),
            new PostgreSqlSinkOptions { SilentWriterTimeout = silence ?? TimeSpan.FromSeconds(10) });

    private string[] Rows() => [.. _database.Rows("SELECT id || ' ' || sum FROM sums").Order(StringComparer.Ordinal)];
}
