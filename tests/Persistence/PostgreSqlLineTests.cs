using ActorStreams.Authoring;
using ActorStreams.Persistence.PostgreSql;
using ActorStreams.TestKit;
using ActorStreams.Tests;
using static ActorStreams.TestKit.Commits;

namespace ActorStreams.Persistence.Tests;

/// <summary>The line to the server breaks after any number of bytes, either way: each epoch is there once, and reads are whole or
/// fail.</summary>
[Collection("PostgreSQL")]
public sealed class PostgreSqlLineTests : IAsyncLifetime
{
    private static readonly TableSpec s_log = new("log", [new("epoch", ColumnType.Int64)], TableMode.Insert);
    private static readonly TableSpec s_last = new("last", [new("key", ColumnType.Int64, IsKey: true), new("epoch", ColumnType.Int64)],
        TableMode.Upsert);
    private static readonly TimeSpan s_soon = TimeSpan.FromSeconds(10);
    private readonly PostgreSqlFixture _fixture = new(ownDatabase: true);
    private readonly BreakingLine _line;

    public PostgreSqlLineTests() => _line = new BreakingLine(_fixture.ConnectionString);

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync()
    {
        await _line.DisposeAsync();
        await _fixture.DisposeAsync();
    }

    private PostgreSqlStore Open(string settings = "") => new($"{_line.ConnectionString};{settings}", _fixture.Options);

    /// <summary>Journal, tables and topics.</summary>
    private static EpochCommit FullEpoch(long epoch) =>
        Epoch(epoch, Event(epoch, 0), epoch % 3 == 0 ? Snapshot(epoch, 2) : Event(epoch, 2), Event(epoch, 3, op: $"operator {epoch % 5}"))
            .With(new Rows(s_log, [epoch]), new RowsAndDeletes(s_last, 1, [epoch, epoch], [epoch - 1, null])).Retaining(epoch - 3)
        with
        { Topics = [new TopicWrite("orders", "job/sink", EventTime.MinValue, [Record(epoch)])] };

    private static TopicBlob Record(long value)
    {
        BlobWriter rows = new();
        rows.WriteInt64(value);
        TopicRecords.Seal(rows, [value], default, keys: null, default, default);
        return new TopicBlob(0, 0, 1, value, value, rows.ToArray());
    }

    [Theory]
    [InlineData(LineBreak.FromServer, 37)]
    [InlineData(LineBreak.ToServer, 97)]
    public async Task A_commit_that_breaks_off_after_any_number_of_bytes_commits_once(LineBreak way, int step)
    {
        await using PostgreSqlStore store = Open();
        await store.Topics.OpenAsync(new TopicSpec("orders", 1), new Schema("text"));
        JobJournal journal = await store.OpenAsync("job");
        long epoch = 1;
        await journal.CommitAsync(FullEpoch(epoch));
        for (int bytes = 0; ; bytes += step)
        {
            _line.BreakAfter(way, bytes);
            await journal.CommitAsync(FullEpoch(++epoch));
            if (_line.BreaksLeft > 0)
                break;
        }

        Assert.InRange(epoch, 20, 200);
        _line.Last();
        await CheckAsync(journal, store, epoch);
        await journal.DisposeAsync();
    }

    [Theory]
    [InlineData(LineBreak.Commit)]
    [InlineData(LineBreak.AnswerToCommit)]
    public async Task A_commit_of_which_nothing_is_heard_again_commits_once(LineBreak way)
    {
        await using PostgreSqlStore store = Open(), other = Open();
        await store.Topics.OpenAsync(new TopicSpec("orders", 1), new Schema("text"));
        JobJournal journal = await store.OpenAsync("job");
        for (long epoch = 1; epoch <= 10; epoch++)
        {
            _line.BreakAfter(way, 0);
            await journal.CommitAsync(FullEpoch(epoch));
            Assert.Equal(0, _line.BreaksLeft);
            await CheckAsync(journal, store, epoch);
        }

        await journal.DisposeAsync();
    }

    [Theory]
    [InlineData(LineBreak.FromServer, 37)]
    [InlineData(LineBreak.ToServer, 41)]
    public async Task Opening_and_reading_are_whole_or_fail_with_an_error_that_can_pass(LineBreak way, int step)
    {
        await using (PostgreSqlStore first = Open())
        {
            await first.Topics.OpenAsync(new TopicSpec("orders", 1), new Schema("text"));
            JobJournal journal = await first.OpenAsync("job");
            for (long epoch = 1; epoch <= 4; epoch++)
                await journal.CommitAsync(FullEpoch(epoch));
            await journal.DisposeAsync();
        }

        await using PostgreSqlStore store = Open();
        await (await store.OpenAsync("job")).DisposeAsync();
        int failed = 0, points = 0;
        for (int bytes = 0; ; bytes += step, points++)
        {
            _line.BreakAfter(way, bytes);
            try
            {
                JobJournal journal = await store.OpenAsync("job");
                await CheckAsync(journal, store, 4);
                await journal.DisposeAsync();
                JobReader reader = (await store.OpenReaderAsync("job"))!;
                Assert.Equal(4, (await reader.EpochsAsync())[^1].Epoch);
                if (_line.BreaksLeft > 0)
                    break;
            }
            catch (StoreException error)
            {
                failed++;
                Assert.True(error.IsTransient, error.ToString());
            }
        }

        Assert.InRange(failed, 10, points);
    }

    /// <summary>In the midst of a COPY, before a commit, and before its answer.</summary>
    [Theory]
    [InlineData(LineBreak.ToServer, 100_000)]
    [InlineData(LineBreak.Commit, 0)]
    [InlineData(LineBreak.AnswerToCommit, 0)]
    public async Task A_commit_whose_line_falls_silent_holds_up_neither_itself_nor_a_successor_for_long(LineBreak way, long count)
    {
        _fixture.Options = _fixture.Options with { SilentWriterTimeout = TimeSpan.FromMilliseconds(300) };
        await using PostgreSqlStore store = Open("Timeout=1;Command Timeout=1;Cancellation Timeout=-1"),
            other = new(_fixture.ConnectionString, _fixture.Options);
        await store.Topics.OpenAsync(new TopicSpec("orders", 1), new Schema("text"));
        JobJournal journal = await store.OpenAsync("job");
        await journal.CommitAsync(LargeEpoch(1));
        _line.BreakAfter(way, count, silently: true);
        await journal.CommitAsync(LargeEpoch(2)).AsTask().WaitAsync(s_soon);
        Assert.Equal(0, _line.BreaksLeft);
        await CheckAsync((await other.OpenReaderAsync("job"))!, other, 2);   // reads do not try again, and this store has little patience

        _line.BreakAfter(way, count, silently: true);
        Task commit = journal.CommitAsync(LargeEpoch(3)).AsTask();
        while (_line.BreaksLeft > 0)
            await Task.Delay(10);
        JobJournal successor = await other.OpenAsync("job").AsTask().WaitAsync(s_soon);
        long last = (await successor.LastEpochAsync())!.Epoch;
        if (last == 3)
            await commit.WaitAsync(s_soon);   // it was committed, and it is told so
        else
            await Assert.ThrowsAsync<FencedException>(() => commit.WaitAsync(s_soon));
        await CheckAsync(successor, other, last);
        await journal.DisposeAsync();
        await successor.DisposeAsync();

        static EpochCommit LargeEpoch(long epoch) =>
            FullEpoch(epoch) with { Events = [Blob(epoch, 0, 100_000), Blob(epoch, 1, 100_000), Blob(epoch, 2, 100_000)] };
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public async Task Jobs_whose_line_breaks_again_and_again_leave_what_their_input_comes_to(int seed)
    {
        var random = new Random(seed);
        await using PostgreSqlStore store = Open();
        int[] rows = [.. Enumerable.Range(0, 1_000).Select(_ => random.Next(10_000))];
        var writing = Pipeline.Create("writing");
        Stream<int> numbers = writing.Read("numbers", Sources.Of(rows).RateLimit(1_000));
        numbers.Write("all", Sinks.Table<int>("all_numbers", t => t.Column("n", n => n)));
        numbers.Write("topic", Topics.To("numbers", 2, (int n) => n));
        numbers.AsChanges().GroupBy(n => n % 50).Sum("sums", n => n)
            .Write("sums-out", Sinks.UpsertTable<int, long>("sums", t => t.Key("key", key => key).Column("sum", sum => sum)));
        var reading = Pipeline.Create("reading");
        reading.Read("numbers", Topics.Read<int>("numbers"))
            .Write("copies", Sinks.Table<int>("copied_numbers", t => t.Column("n", n => n)));
        var options = new JobOptions
        {
            Parallelism = 2,
            Shards = 4,
            EpochInterval = TimeSpan.FromMilliseconds(10),
            Restart = new RestartPolicy(10_000, TimeSpan.FromMilliseconds(1), TimeSpan.FromMilliseconds(5))
        };

        await using Job writer = await StartAsync(writing, store, options);
        await using Job reader = await StartAsync(reading, store, options);
        int breaks = 0;
        while (!writer.Completion.IsCompleted)
        {
            var way = (LineBreak)random.Next(4);
            if (_line.BreaksLeft == 0 && ++breaks > 0)
                _line.BreakAfter(way, random.Next(way is LineBreak.FromServer or LineBreak.ToServer ? 3_000 : 3));
            await Task.Delay(5);
        }

        await writer.Completion;
        _line.Last();
        IReadOnlyList<object?[]> copies = [];
        for (int attempt = 0; attempt < 1_000 && copies.Count < rows.Length && !reader.Completion.IsCompleted; attempt++)
        {
            await Task.Delay(10);
            copies = await _fixture.ReadTableAsync("copied_numbers", ColumnType.Int64);
        }

        Assert.True(breaks > 3, $"Seed {seed}: only {breaks} breaks.");
        Assert.Equal(rows.Order().Select(n => (long)n), copies.Select(row => (long)row[0]!).Order());
        Assert.Equal(rows.Order().Select(n => (long)n),
            (await _fixture.ReadTableAsync("all_numbers", ColumnType.Int64)).Select(row => (long)row[0]!).Order());
        Assert.Equal(rows.GroupBy(n => n % 50).Select(group => ((long)group.Key, group.Sum(n => (long)n))).Order(),
            (await _fixture.ReadTableAsync("sums", ColumnType.Int64, ColumnType.Int64)).Select(row => ((long)row[0]!, (long)row[1]!))
                .Order());
    }

    [Fact]
    public async Task A_job_is_disposed_of_soon_although_the_line_is_silent()
    {
        await using PostgreSqlStore store = Open("Timeout=1;Command Timeout=1");
        var pipeline = Pipeline.Create("silent");
        pipeline.Read("numbers", Sources.Of(Enumerable.Range(0, 100_000).ToArray()).RateLimit(1_000))
            .Write("all", Sinks.Table<int>("all_numbers", t => t.Column("n", n => n)));
        Job job = await Job.StartAsync(pipeline, store, new JobOptions { EpochInterval = TimeSpan.FromMilliseconds(10) });
        while (job.Epoch < 5 && !job.Completion.IsCompleted)
            await Task.Delay(10);
        Assert.False(job.Completion.IsCompleted);
        _line.FallSilent();
        await Task.Delay(100);   // an epoch is on its way
        await job.DisposeAsync().AsTask().WaitAsync(TimeSpan.FromSeconds(60));
    }

    /// <summary>Starting may break, too.</summary>
    private static async Task<Job> StartAsync(Pipeline pipeline, Store store, JobOptions options)
    {
        while (true)
        {
            try
            {
                return await Job.StartAsync(pipeline, store, options);
            }
            catch (StoreException error) when (error.IsTransient)
            {
                await Task.Yield();
            }
        }
    }

    private async Task CheckAsync(JobReader journal, PostgreSqlStore store, long epoch)
    {
        Assert.Equal(epoch, (await journal.LastEpochAsync())?.Epoch);
        Assert.Equal(epoch, (await journal.ReadAllAsync(epoch)).Max(e => e.Epoch));
        IReadOnlyList<object?[]> rows = await _fixture.ReadTableAsync("log", ColumnType.Int64);
        Assert.Equal(Enumerable.Range(1, (int)epoch).Select(e => (long)e), rows.Select(r => (long)r[0]!).Order());
        Assert.Equal([(epoch, epoch)],
            (await _fixture.ReadTableAsync("last", ColumnType.Int64, ColumnType.Int64)).Select(row => ((long)row[0]!, (long)row[1]!)));
        long next = 0;
        while (next < epoch)
        {
            IReadOnlyList<TopicEntry> entries = await store.Topics.ReadAsync("orders", 0, next, int.MaxValue);
            Assert.NotEmpty(entries);
            foreach (TopicEntry entry in entries)
                Assert.Equal((next, ++next), (entry.Offset, entry.MinTime));
        }

        Assert.Equal(epoch, (await store.Topics.RangeAsync("orders", 0)).Next);
    }
}
