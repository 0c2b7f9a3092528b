using ActorStreams.Authoring;
using ActorStreams.Operators.Tests.Fixtures;
using ActorStreams.Persistence.Sqlite;

namespace ActorStreams.Persistence.Tests;

/// <summary>Bits that flip on the disk, on every page of a small store in turn: the job goes on with the right results, or ends with an
/// error that says what is wrong.</summary>
[Trait("Issue", "D2")]
public sealed class FlippedBitsTests : IAsyncLifetime
{
    private const int RowsBefore = 24, AllRows = 30, PageBytes = SqliteDatabase.PageBytes, HeaderBytes = 8, FlipsOfHeader = 2,
        FlipsOfContent = 4;
    private readonly SqliteFixture _fixture = new() { Options = new() { Synchronous = SqliteSynchronous.Normal } };

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync() => await _fixture.DisposeAsync();

    [Fact]
    public async Task A_flipped_bit_on_any_page_gives_the_same_results_or_a_clear_error()
    {
        byte[] whole = await BuildAsync();
        string right = await ResultsAsync();
        var random = new Random(20_261_129);
        int errors = 0;
        for (int page = 0; page < whole.Length / PageBytes; page++)
        {
            foreach (int at in Places(whole.AsSpan(page * PageBytes, PageBytes), page == 0 ? 100 : 0, random))
            {
                byte[] damaged = [.. whole];
                int bit = random.Next(8);
                damaged[(page * PageBytes) + at] ^= (byte)(1 << bit);
                await File.WriteAllBytesAsync(_fixture.File, damaged);
                string where = $"page {page + 1}, byte {at}, bit {bit}";
                try
                {
                    Assert.True(await ResultsAsync() == right, where);
                }
                catch (ActorStreamsException error)
                {
                    errors++;
                    Assert.True(error.Message.Contains("store", StringComparison.OrdinalIgnoreCase), $"{where}: {error.Message}");
                }
            }
        }

        Assert.InRange(errors, 1, int.MaxValue);
    }

    /// <summary>Bytes of a page: some of its header, and some that are not zero of its content.</summary>
    private static List<int> Places(ReadOnlySpan<byte> page, int header, Random random)
    {
        List<int> places = [], used = [];
        for (int at = header + HeaderBytes; at < page.Length; at++)
        {
            if (page[at] != 0)
                used.Add(at);
        }

        for (int i = 0; i < FlipsOfHeader; i++)
            places.Add(header + random.Next(HeaderBytes));
        for (int i = 0; i < FlipsOfContent && used.Count > 0; i++)
            places.Add(used[random.Next(used.Count)]);
        return places;
    }

    private static JobOptions Options =>
        new() { EpochInterval = TimeSpan.FromMilliseconds(10), Shards = 4, Parallelism = 1, Restart = RestartPolicy.None };

    private static Pipeline Sums(ScriptedSource<int> source)
    {
        var pipeline = Pipeline.Create("sums");
        pipeline.Read("numbers", source).KeyBy(n => n % 3).EventSourced<long, int>("sums", (_, n) => [n], (sum, n) => sum + n)
            .Write("topic", Topics.To<int, int>("summed", 2, n => n));
        return pipeline;
    }

    /// <summary>The file after some rows in epochs of their own.</summary>
    private async Task<byte[]> BuildAsync()
    {
        var source = new ScriptedSource<int>();
        await using (Store store = _fixture.Open())
        {
            await using Job job = await Job.StartAsync(Sums(source), store, Options);
            for (int n = 1; n <= RowsBefore; n++)
            {
                source.Add(n);
                await source.CommittedAsync(n);
            }

            await job.StopAsync().WaitAsync(Limits.Test);
        }

        return await File.ReadAllBytesAsync(_fixture.File);
    }

    /// <summary>The sums after the job has gone on to the end, and all that is in the topic then.</summary>
    private async Task<string> ResultsAsync()
    {
        foreach (string rest in new[] { "-wal", "-shm" })
            File.Delete(_fixture.File + rest);
        var source = new ScriptedSource<int>().Add([.. Enumerable.Range(1, AllRows)]);
        source.End();
        await using Store store = _fixture.Open();
        await using Job job = await Job.StartAsync(Sums(source), store, Options);
        await job.Completion.WaitAsync(Limits.Test);
        long[] sums = [.. await Task.WhenAll(Enumerable.Range(0, 3).Select(key => job.Entity<int, long>(new("sums"), key).AskAsync()))];

        List<int> read = [];
        var reader = Pipeline.Create("reader");
        reader.Read("topic", Topics.Read<int>("summed").ToEnd()).Write("read", Sinks.ForEach<int>(read.Add));
        await using Job second = await Job.StartAsync(reader, store, Options);
        await second.Completion.WaitAsync(Limits.Test);
        return $"{string.Join(' ', sums)}: {string.Join(' ', read.Order())}";
    }
}
