using ActorStreams.Authoring;
using ActorStreams.Core.Storage;
using ActorStreams.Operators.Tests.Fixtures;
using ActorStreams.TestKit;
using Npgsql;

namespace ActorStreams.Persistence.Tests;

/// <summary>Stores that have lost entries of a journal or of a topic, without any other damage.</summary>
[Trait("Issue", "D2")]
[Collection("PostgreSQL")]
public sealed class MissingEntriesTests
{
    private const string AllOfSums = "DELETE FROM {0}journal WHERE operator = (SELECT id FROM {0}operators WHERE name = 'sums')";

    private static int s_readers;

    [Theory]
    [InlineData(false, AllOfSums)]
    [InlineData(true, AllOfSums)]
    [InlineData(false, "DELETE FROM {0}journal WHERE epoch = (SELECT min(epoch) FROM {0}journal)")]
    [InlineData(true, "DELETE FROM {0}journal WHERE epoch = (SELECT min(epoch) FROM {0}journal)")]
    [InlineData(false, "DELETE FROM {0}journal WHERE epoch = (SELECT max(epoch) FROM {0}journal)")]
    [InlineData(true, "DELETE FROM {0}journal WHERE epoch = (SELECT max(epoch) FROM {0}journal)")]
    [InlineData(false, "DELETE FROM {0}operators WHERE name = 'sums'")]
    [InlineData(true, "DELETE FROM {0}operators WHERE name = 'sums'")]
    [InlineData(false, "UPDATE {0}operators SET id = 3 - id")]
    [InlineData(true, "UPDATE {0}operators SET id = 3 - id")]
    public async Task A_restart_finds_exactly_what_was_committed_or_names_the_shard_whose_entries_are_missing(bool onPostgreSql,
        string damage)
    {
        await using StoreFixture fixture = Fixture(onPostgreSql);
        var source = new ScriptedSource<int>();
        await RunAsync(fixture, source, [1, 2, 3], [4, 5, 6], [7, 8, 9]);
        await ExecuteAsync(fixture, damage);

        StoreException error = await Assert.ThrowsAsync<StoreException>(() => RunAsync(fixture, source, [10]));
        Assert.Matches(
            @"store.*job 'sums-and-counts', operator '(sums|counts)', epoch \d+, shard \d+: the journal holds .*committed.*backup",
            error.Message);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task An_older_epoch_that_is_whole_is_a_way_on(bool onPostgreSql)
    {
        await using StoreFixture fixture = Fixture(onPostgreSql);
        var source = new ScriptedSource<int>();
        long first = await RunAsync(fixture, source, [1, 2, 3]);
        await RunAsync(fixture, source, [4, 5, 6]);
        await ExecuteAsync(fixture, "DELETE FROM {0}journal WHERE epoch = (SELECT max(epoch) FROM {0}journal)");

        await RunAsync(fixture, source, Options with { RestartFromEpoch = first }, [7]);
        source.End();
        await using Store store = fixture.Open();
        await using Job job = await Job.StartAsync(SumsAndCounts(source), store, Options);
        await job.Completion.WaitAsync(Limits.Test);
        Assert.Equal(28L, (await job.Entity<int, long>(new("sums"), 0).AskAsync()) +
            (await job.Entity<int, long>(new("sums"), 1).AskAsync()));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_store_that_an_older_version_wrote_goes_on_and_is_checked_from_its_next_epoch_on(bool onPostgreSql)
    {
        await using StoreFixture fixture = Fixture(onPostgreSql);
        var source = new ScriptedSource<int>();
        await RunAsync(fixture, source, [1, 2, 3]);
        await ForgetWhatBelongsToTheEpochAsync(fixture);
        await RunAsync(fixture, source, [4, 5, 6]);
        await ExecuteAsync(fixture, "DELETE FROM {0}journal WHERE epoch = (SELECT min(epoch) FROM {0}journal)");

        await Assert.ThrowsAsync<StoreException>(() => RunAsync(fixture, source, [7]));
    }

    [Fact]
    public async Task Whatever_store_does_not_give_an_entry_back_it_is_noticed()
    {
        var store = Store.InMemory();
        var source = new ScriptedSource<int>().Add(1, 2, 3);
        await using (Job job = await Job.StartAsync(SumsAndCounts(source), store, Options))
        {
            await source.CommittedAsync(3);
            await job.StopAsync().WaitAsync(Limits.Test);
        }

        await using (await Job.StartAsync(SumsAndCounts(source), new Forgetful(store, forgets: false), Options))
        {
        }

        StoreException error = await Assert.ThrowsAsync<StoreException>(
            () => Job.StartAsync(SumsAndCounts(source), new Forgetful(store, forgets: true), Options));
        Assert.Contains("and 1 were committed", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_read_of_an_older_epoch_notices_it_too()
    {
        await using SqliteFixture fixture = new();
        var source = new ScriptedSource<int>().Add(1, 2, 3);
        await using Store store = fixture.Open();
        await using Job job = await Job.StartAsync(SumsAndCounts(source), store, Options);
        await source.CommittedAsync(3);
        long epoch = job.Epoch;
        Assert.Equal(4L, await job.Entity<int, long>(new("sums"), 1).AsOfAsync(epoch));
        await ExecuteAsync(fixture, AllOfSums);
        await Assert.ThrowsAsync<StoreException>(() => job.Entity<int, long>(new("sums"), 1).AsOfAsync(epoch));
    }

    [Theory]
    [InlineData(false, "min")]
    [InlineData(true, "min")]
    [InlineData(false, "max")]
    [InlineData(true, "max")]
    public async Task A_reader_of_a_topic_tells_which_records_are_missing(bool onPostgreSql, string which)
    {
        await using StoreFixture fixture = Fixture(onPostgreSql);
        var source = new ScriptedSource<int>();
        await WriteTopicAsync(fixture, source, new TopicOptions<int>(), [1, 2, 3], [4, 5], [6]);
        await ExecuteAsync(fixture,
            $"DELETE FROM {{0}}topic_entries WHERE base_offset = (SELECT {which}(base_offset) FROM {{0}}topic_entries)");

        StoreException error = await Assert.ThrowsAsync<StoreException>(() => ReadTopicAsync(fixture));
        Assert.Contains(which == "min" ? "offset 0 to 2 are missing" : "offset 5 to 5 are missing", error.Message,
            StringComparison.Ordinal);
        Assert.Contains("topic 'numbers', partition 0", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Compaction_leaves_no_holes_so_that_a_missing_record_of_a_compacted_topic_is_noticed_too(bool onPostgreSql)
    {
        await using StoreFixture fixture = Fixture(onPostgreSql);
        var source = new ScriptedSource<int>();
        await WriteTopicAsync(fixture, source, new TopicOptions<int> { IsCompacted = true }, [1, 2], [3], [3], [1, 2], [4]);
        await using (Store store = fixture.Open())
            await store.Topics.CompactAsync("numbers", DateTimeOffset.UnixEpoch.AddYears(100));
        Assert.Equal([1, 2, 3, 4], (await ReadTopicAsync(fixture)).Order());

        await ExecuteAsync(fixture,
            "DELETE FROM {0}topic_entries WHERE base_offset = (SELECT max(base_offset) FROM {0}topic_entries WHERE base_offset < 6)");
        StoreException error = await Assert.ThrowsAsync<StoreException>(() => ReadTopicAsync(fixture));
        Assert.Contains("to 5 are missing", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task What_an_older_version_has_compacted_has_holes_and_is_read_as_it_is(bool onPostgreSql)
    {
        await using StoreFixture fixture = Fixture(onPostgreSql);
        var source = new ScriptedSource<int>();
        await WriteTopicAsync(fixture, source, new TopicOptions<int> { IsCompacted = true }, [1], [2], [3]);
        await ExecuteAsync(fixture, "DELETE FROM {0}topic_entries WHERE base_offset = 1");
        await ExecuteAsync(fixture, "ALTER TABLE {0}topic_partitions DROP COLUMN whole_from");
        if (!onPostgreSql)
        {
            await ExecuteAsync(fixture, "ALTER TABLE {0}topic_partitions DROP COLUMN crc");
            await ExecuteAsync(fixture, "ALTER TABLE {0}topic_schemas DROP COLUMN crc");
        }

        await ExecuteAsync(fixture, "UPDATE {0}meta SET value = 1 WHERE key = 'format'");
        Assert.Equal([1, 3], await ReadTopicAsync(fixture));

        await WriteTopicAsync(fixture, source, new TopicOptions<int> { IsCompacted = true }, [4], [5], [6]);
        await ExecuteAsync(fixture, "DELETE FROM {0}topic_entries WHERE base_offset = 4");
        StoreException error = await Assert.ThrowsAsync<StoreException>(() => ReadTopicAsync(fixture));
        Assert.Contains("offset 4 to 4 are missing", error.Message, StringComparison.Ordinal);
    }

    private static JobOptions Options =>
        new()
        {
            EpochInterval = TimeSpan.FromMilliseconds(10),
            Shards = 4,
            Parallelism = 2,
            RetainEpochs = 1000,
            Restart = RestartPolicy.None
        };

    private static StoreFixture Fixture(bool onPostgreSql) => onPostgreSql ? new PostgreSqlFixture() : new SqliteFixture();

    private static Pipeline SumsAndCounts(ScriptedSource<int> source)
    {
        var pipeline = Pipeline.Create("sums-and-counts");
        Stream<int> numbers = pipeline.Read("numbers", source);
        numbers.KeyBy(n => n % 2).EventSourced<long, int>("sums", (_, n) => [n], (sum, n) => sum + n)
            .Write("sums-out", Sinks.ForEach<int>(_ => { }));
        numbers.KeyBy(n => n % 2).EventSourced<int, long>("counts", (_, n) => [n], (count, _) => count + 1)
            .Write("counts-out", Sinks.ForEach<long>(_ => { }));
        return pipeline;
    }

    private static Task<long> RunAsync(StoreFixture fixture, ScriptedSource<int> source, params int[][] epochs) =>
        RunAsync(fixture, source, Options, epochs);

    /// <summary>Runs until all of it is committed, each part in epochs of its own.</summary>
    private static async Task<long> RunAsync(StoreFixture fixture, ScriptedSource<int> source, JobOptions options, params int[][] epochs)
    {
        await using Store store = fixture.Open();
        await using Job job = await Job.StartAsync(SumsAndCounts(source), store, options);
        return await CommitAsync(job, source, epochs);
    }

    private static async Task<long> CommitAsync(Job job, ScriptedSource<int> source, int[][] epochs)
    {
        foreach (int[] rows in epochs)
        {
            source.Add(rows);
            await (await Task.WhenAny(source.CommittedAsync(source.Rows), job.Completion)).WaitAsync(Limits.Test);
        }

        await job.StopAsync().WaitAsync(Limits.Test);
        return job.Epoch;
    }

    private static async Task WriteTopicAsync(StoreFixture fixture, ScriptedSource<int> source, TopicOptions<int> options,
        params int[][] epochs)
    {
        var pipeline = Pipeline.Create("writer");
        pipeline.Read("numbers", source).Write("topic", Topics.To<int, int>("numbers", 1, n => n, options));
        await using Store store = fixture.Open();
        await using Job job = await Job.StartAsync(pipeline, store, Options);
        await CommitAsync(job, source, epochs);
    }

    private static async Task<List<int>> ReadTopicAsync(StoreFixture fixture)
    {
        List<int> read = [];
        var pipeline = Pipeline.Create($"reader-{Interlocked.Increment(ref s_readers)}");
        pipeline.Read("topic", Topics.Read<int>("numbers").ToEnd()).Write("read", Sinks.ForEach<int>(read.Add));
        await using Store store = fixture.Open();
        await using Job job = await Job.StartAsync(pipeline, store, Options);
        await job.Completion.WaitAsync(Limits.Test);
        return read;
    }

    /// <summary>As an older version wrote the epochs: their manifests do not say what of a journal belongs to them.</summary>
    private static async Task ForgetWhatBelongsToTheEpochAsync(StoreFixture fixture)
    {
        await using Store store = fixture.Open();
        await using JobJournal journal = await store.OpenAsync("sums-and-counts");
        EpochRecord last = (await journal.LastEpochAsync())!;
        Manifest manifest = Manifest.Decode(last.Manifest, "sums-and-counts", last.Epoch) with { TellsJournals = false };
        foreach (OperatorManifest one in manifest.Operators.Values)
            one.Journal = null;
        await journal.CommitAsync(Commits.Epoch(last.Epoch + 1) with { Manifest = manifest.Encode(), RetainFrom = last.Epoch + 1 });
    }

    /// <summary>Runs a statement on the store's own tables, whose names begin with <c>{0}</c>.</summary>
    private static async Task ExecuteAsync(StoreFixture fixture, string sql)
    {
        if (fixture is SqliteFixture sqlite)
        {
            sqlite.Execute(sql.Replace("{0}", "actorstreams_", StringComparison.Ordinal));
            return;
        }

        var server = (PostgreSqlFixture)fixture;
        await using NpgsqlConnection connection = new(server.ConnectionString + ";Pooling=false");
        await connection.OpenAsync();
        await using NpgsqlCommand command = new(sql.Replace("{0}", $"{server.Options.Schema}.", StringComparison.Ordinal), connection);
        Assert.NotEqual(0, await command.ExecuteNonQueryAsync());
    }

    /// <summary>A store that may leave out the first entry of every shard it is asked for.</summary>
    private sealed class Forgetful(Store store, bool forgets) : Store
    {
        public override string Description => store.Description;

        public override string Durability => store.Durability;

        public override async ValueTask<JobJournal> OpenAsync(string job, CancellationToken cancellation = default) =>
            new Journal(await store.OpenAsync(job, cancellation), forgets);

        public override ValueTask<JobReader?> OpenReaderAsync(string job, CancellationToken cancellation = default) =>
            store.OpenReaderAsync(job, cancellation);

        private sealed class Journal(JobJournal journal, bool forgets) : JobJournal
        {
            public override long Generation => journal.Generation;

            public override ValueTask<IReadOnlyList<EpochRecord>> EpochsAsync(CancellationToken cancellation = default) =>
                journal.EpochsAsync(cancellation);

            public override ValueTask<EpochRecord?> LastEpochAsync(CancellationToken cancellation = default) =>
                journal.LastEpochAsync(cancellation);

            public override async IAsyncEnumerable<JournalEvent> ReadAsync(
                string operatorName, int firstShard, int count, long epoch,
                    [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellation = default)
            {
                int shard = -1;
                await foreach (JournalEvent entry in journal.ReadAsync(operatorName, firstShard, count, epoch, cancellation))
                {
                    if (entry.Shard == shard || !forgets)
                        yield return entry;
                    shard = entry.Shard;
                }
            }

            public override ValueTask CommitAsync(EpochCommit commit, CancellationToken cancellation = default) =>
                journal.CommitAsync(commit, cancellation);

            public override ValueTask RewindAsync(long epoch, CancellationToken cancellation = default) =>
                journal.RewindAsync(epoch, cancellation);
        }
    }
}
