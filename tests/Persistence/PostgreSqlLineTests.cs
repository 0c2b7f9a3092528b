using ActorStreams.Core;
using ActorStreams.Core.Codecs;
using ActorStreams.Core.Epochs;
using ActorStreams.Core.Time;
using ActorStreams.Persistence.PostgreSql;
using ActorStreams.Tests;
using static ActorStreams.Persistence.Tests.Commits;

namespace ActorStreams.Persistence.Tests;

/// <summary>The line to the server breaks after any number of bytes, either way: each epoch is there once, and reads are whole or fail.</summary>
[Collection("PostgreSQL")]
public sealed class PostgreSqlLineTests : IAsyncLifetime
{
    private static readonly TableSpec s_log = new("log", [new("epoch", ColumnType.Int64)], TableMode.Insert);
    private static readonly TableSpec s_last = new("last", [new("key", ColumnType.Int64, IsKey: true), new("epoch", ColumnType.Int64)], TableMode.Upsert);
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
        with { Topics = [new TopicWrite("orders", "job/sink", EventTime.MinValue, [Record(epoch)])] };

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

    [Theory]
    [InlineData(LineBreak.FromServer, 331)]
    [InlineData(LineBreak.ToServer, 257)]
    public async Task A_commit_whose_line_falls_silent_after_any_number_of_bytes_commits_once_and_soon(LineBreak way, int step)
    {
        _fixture.Options = _fixture.Options with { SilentWriterTimeout = TimeSpan.FromMilliseconds(300) };
        await using PostgreSqlStore store = Open("Timeout=1;Command Timeout=1;Cancellation Timeout=-1");
        await store.Topics.OpenAsync(new TopicSpec("orders", 1), new Schema("text"));
        JobJournal journal = await store.OpenAsync("job");
        long epoch = 1;
        await journal.CommitAsync(FullEpoch(epoch));
        for (int bytes = 0; ; bytes += step)
        {
            _line.BreakAfter(way, bytes, silently: true);
            var watch = System.Diagnostics.Stopwatch.StartNew();
            await journal.CommitAsync(FullEpoch(++epoch)).AsTask().WaitAsync(TimeSpan.FromSeconds(20));
            Console.WriteLine($"{way} {bytes} {watch.ElapsedMilliseconds}");
            if (_line.BreaksLeft > 0)
                break;
        }

        Assert.InRange(epoch, 3, 200);
        _line.Last();
        await CheckAsync(journal, store, epoch);
        await journal.DisposeAsync();
    }

    private async Task CheckAsync(JobJournal journal, PostgreSqlStore store, long epoch)
    {
        Assert.Equal(epoch, (await journal.LastEpochAsync())?.Epoch);
        Assert.Equal(epoch, (await journal.ReadAllAsync(epoch)).Max(e => e.Epoch));
        List<object?[]> rows = await _fixture.ReadTableAsync("log", ColumnType.Int64);
        Assert.Equal(Enumerable.Range(1, (int)epoch).Select(e => (long)e), rows.Select(r => (long)r[0]!).Order());
        Assert.Equal([(epoch, epoch)], (await _fixture.ReadTableAsync("last", ColumnType.Int64, ColumnType.Int64)).Select(row => ((long)row[0]!, (long)row[1]!)));
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
