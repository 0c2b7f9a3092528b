using ActorStreams.Authoring;
using Microsoft.Data.Sqlite;

namespace ActorStreams.Connectors.Tests;

/// <summary>Pipelines composed by topics of one store.</summary>
public sealed class TopicSpec : IAsyncDisposable
{
    private const long Second = 1_000_000;
    private static readonly JobOptions s_quick = new()
    {
        EpochInterval = TimeSpan.FromMilliseconds(10),
        Parallelism = 2,
        Restart = RestartPolicy.None
    };
    private readonly TemporaryFolder _folder = new();
    private readonly MemoryStore _memory = Store.InMemory();

    public async ValueTask DisposeAsync()
    {
        await _memory.DisposeAsync();
        _folder.Dispose();
    }

    public readonly record struct Order(int Id, string Account, long Time);

    public readonly record struct OrderWithNote(int Id, string Account, long Time, string? Note);

    public readonly record struct OtherOrder(Guid Id, string Account);

    private static Order[] Orders(int count) =>
        [.. Enumerable.Range(0, count).Select(id => new Order(id, $"account-{id % 7}", id * Second))];

    private static Pipeline Writing(Order[] orders, string topic = "orders", int partitions = 3, TopicOptions<Order>? options = null)
    {
        var pipeline = Pipeline.Create("writing");
        pipeline.Read("rows", Sources.Of(orders)).WithEventTime(order => order.Time, Watermarks.Monotonic())
            .Write("topic", Topics.To(topic, partitions, (Order order) => order.Account, options));
        return pipeline;
    }

    private static Pipeline Reading(Source<Order> source)
    {
        var pipeline = Pipeline.Create("reading");
        pipeline.Read("topic", source)
            .Write("copies", Sinks.Table<Order>("copies", t => t.Column("id", o => o.Id).Column("account", o => o.Account)));
        return pipeline;
    }

    private static async Task RunAsync(Pipeline pipeline, Store? store, JobOptions? options = null)
    {
        await using Job job = await Job.StartAsync(pipeline, store, options ?? s_quick);
        await job.Completion;
    }

    private async Task<List<int>> IdsAsync(string pipeline, TopicStart? from = null)
    {
        List<int> ids = [];
        var reading = Pipeline.Create(pipeline);
        reading.Read("topic", Topics.Read<Order>("orders", from).ToEnd()).Write("out", Sinks.ForEach<Order>(order => ids.Add(order.Id)));
        await RunAsync(reading, _memory);
        return ids;
    }

    [Fact]
    public async Task Rows_come_out_once_in_the_order_of_their_keys()
    {
        await RunAsync(Writing(Orders(5000)), _memory);
        var seen = new Dictionary<string, List<int>>();
        var pipeline = Pipeline.Create("reading");
        pipeline.Read("topic", Topics.Read<Order>("orders").ToEnd()).Write("out", Sinks.ForEach<Order>(order =>
        {
            if (!seen.TryGetValue(order.Account, out List<int>? ids))
                seen.Add(order.Account, ids = []);
            ids.Add(order.Id);
        }));
        await RunAsync(pipeline, _memory);

        Assert.Equal(7, seen.Count);
        foreach ((string account, List<int> ids) in seen)
            Assert.Equal(Orders(5000).Where(order => order.Account == account).Select(order => order.Id), ids);
    }

    [Fact]
    public async Task A_first_run_begins_where_it_is_told()
    {
        await RunAsync(Writing(Orders(100), partitions: 1), _memory);

        Assert.Equal(Enumerable.Range(0, 100), await IdsAsync("a", TopicStart.Beginning));
        Assert.Equal(Enumerable.Range(42, 58), await IdsAsync("b", TopicStart.Offset(42)));
        Assert.Equal(Enumerable.Range(77, 23), await IdsAsync("c", TopicStart.Time(DateTimeOffset.UnixEpoch.AddSeconds(76.5))));
        Assert.Empty(await IdsAsync("d", TopicStart.End));
        Assert.Empty(await IdsAsync("e", TopicStart.Offset(1000)));
        Assert.Empty(await IdsAsync("f", TopicStart.Time(DateTimeOffset.UnixEpoch.AddDays(1))));
    }

    [Fact]
    public async Task Event_times_and_watermarks_go_with_the_rows()
    {
        using var more = new ManualSource<Order>();
        var writing = Pipeline.Create("writing");
        writing.Read("rows", more.Source).WithEventTime(order => order.Time, Watermarks.Monotonic())
            .Write("topic", Topics.To("orders", 2, (Order order) => order.Account));
        var reading = Pipeline.Create("reading");
        reading.Read("topic", Topics.Read<Order>("orders")).KeyBy(order => order.Account)
            .Window("counts", Window.Tumbling(TimeSpan.FromSeconds(10)))
            .Aggregate(Aggregate.Of<Order>().Count())
            .Write("out",
                Sinks.Table<WindowResult<string, long>>("counts", t => t.Column("account", r => r.Key).Column("n", r => r.Result)));

        await using Job writer = await Job.StartAsync(writing, _memory, s_quick);
        await using Job reader = await Job.StartAsync(reading, _memory, s_quick);
        more.Give([new Order(1, "a", 1 * Second), new Order(2, "b", 2 * Second), new Order(3, "a", 9 * Second)]);
        more.Give([new Order(4, "a", 10 * Second)]);        // only the watermark tells the partition of b

        await UntilAsync(() => _memory.ReadTable("counts").Count == 2, reader, writer);
        Assert.Equal(["a 2", "b 1"], _memory.ReadTable("counts").Select(row => $"{row[0]} {row[1]}").Order());
    }

    [Theory]
    [InlineData(1, false)]
    [InlineData(2, false)]
    [InlineData(3, true)]
    public async Task Crashes_of_both_jobs_and_other_parallelism_lose_and_repeat_nothing(int seed, bool onSqlite)
    {
        const int count = 20_000;
        var random = new Random(seed);
        Store store = onSqlite ? Store.Sqlite(_folder["store.db"]) : _memory;
        Pipeline writing = Writing(Orders(count), partitions: 4), reading = Reading(Topics.Read<Order>("orders"));
        var slow = Pipeline.Create("writing");
        slow.Read("rows", Sources.Of(Orders(count)).RateLimit(40_000)).WithEventTime(order => order.Time, Watermarks.Monotonic())
            .Write("topic", Topics.To("orders", 4, (Order order) => order.Account));
        JobOptions Any() => s_quick with { Parallelism = random.Next(1, 4) };
        for (int crash = 0; crash < 6; crash++)
        {
            await using Job writer = await Job.StartAsync(slow, store, Any());
            await using Job reader = await Job.StartAsync(reading, store, Any());
            long until = reader.Epoch + random.Next(1, 6);
            await UntilAsync(() => reader.Epoch >= until || writer.Completion.IsCompleted, reader, writer);
        }

        await RunAsync(writing, store, Any());
        await using Job last = await Job.StartAsync(reading, store, Any());
        TopicLog topics = store.Topics;
        await UntilAsync(() => Copies(store, onSqlite).Count >= count, last);
        await last.StopAsync();
        Assert.Equal(Enumerable.Range(0, count).Select(id => (long)id), Copies(store, onSqlite).Order());
        long records = 0;
        for (int partition = 0; partition < 4; partition++)
            records += (await topics.RangeAsync("orders", partition)).Next;
        Assert.Equal(count, records);
        if (onSqlite)
            await store.DisposeAsync();
    }

    private List<long> Copies(Store store, bool onSqlite)
    {
        if (!onSqlite)
            return [.. ((MemoryStore)store).ReadTable("copies").Select(row => (long)row[0]!)];
        using SqliteConnection connection = new($"Data Source={_folder["store.db"]};Pooling=False");
        connection.Open();
        using SqliteCommand command = connection.CreateCommand();
        command.CommandText = "SELECT id FROM copies";
        List<long> ids = [];
        using SqliteDataReader reader = command.ExecuteReader();
        while (reader.Read())
            ids.Add(reader.GetInt64(0));
        return ids;
    }

    [Fact]
    public async Task A_type_with_more_fields_reads_and_goes_on_writing()
    {
        await RunAsync(Writing(Orders(3), partitions: 1), _memory);
        var writing = Pipeline.Create("writing-notes");
        writing.Read("rows", Sources.Of(new[] { new OrderWithNote(3, "a", 0, "new") }))
            .Write("topic", Topics.To("orders", 1, (OrderWithNote order) => order.Account));
        await RunAsync(writing, _memory);

        List<string> notes = [];
        var reading = Pipeline.Create("reading-notes");
        reading.Read("topic", Topics.Read<OrderWithNote>("orders").ToEnd())
            .Write("out", Sinks.ForEach<OrderWithNote>(order => notes.Add($"{order.Id} {order.Note ?? "-"}")));
        await RunAsync(reading, _memory);
        Assert.Equal(["0 -", "1 -", "2 -", "3 new"], notes);
        Assert.Equal(2, (await _memory.Topics.FindAsync("orders"))!.Schemas.Count);
        Assert.Equal([0, 1, 2, 3], await IdsAsync("reading-old"));
    }

    [Fact]
    public async Task Another_type_or_number_of_partitions_or_kind_is_a_clear_error()
    {
        await RunAsync(Writing(Orders(3)), _memory);
        var other = Pipeline.Create("other");
        other.Read("rows", Sources.Of(new[] { new OtherOrder(Guid.Empty, "a") }))
            .Write("topic", Topics.To("orders", 3, (OtherOrder order) => order.Account));
        string message = (await Assert.ThrowsAsync<SinkException>(() => RunAsync(other, _memory))).Message;
        Assert.Contains("'orders'", message);
        Assert.Contains("Id", message);
        Assert.Single((await _memory.Topics.FindAsync("orders"))!.Schemas);

        var reading = Pipeline.Create("reading-others");
        reading.Read("topic", Topics.Read<OtherOrder>("orders")).Write("out", Sinks.ForEach<OtherOrder>(_ => { }));
        Assert.Contains("OtherOrder", (await Assert.ThrowsAsync<SourceException>(() => RunAsync(reading, _memory))).Message);
        Assert.Contains("3 partitions",
            (await Assert.ThrowsAsync<StoreException>(() => RunAsync(Writing(Orders(3), partitions: 4), _memory))).Message);
        Assert.Contains("compacted",
            (await Assert.ThrowsAsync<StoreException>(
            () => RunAsync(Writing(Orders(3), options: new() { IsCompacted = true }), _memory))).Message);
    }

    [Fact]
    public async Task A_topic_that_is_not_there_and_a_job_without_a_store_are_clear_errors()
    {
        Assert.Contains("'orders' is not in memory",
            (await Assert.ThrowsAsync<SourceException>(() => RunAsync(Reading(Topics.Read<Order>("orders")), _memory))).Message);
        Assert.Contains("none",
            (await Assert.ThrowsAsync<SourceException>(() => RunAsync(Reading(Topics.Read<Order>("orders")), null))).Message);
        Assert.Contains("none", (await Assert.ThrowsAsync<SinkException>(() => RunAsync(Writing(Orders(3)), null))).Message);
        Assert.Throws<PipelineException>(() => Topics.To<Order>("orders", options: new() { IsCompacted = true }));
    }

    [Fact]
    public async Task A_damaged_entry_is_named_and_nothing_of_it_is_read()
    {
        await using Store store = Store.Sqlite(_folder["store.db"]);
        await RunAsync(Writing(Orders(100), partitions: 1), store);
        using (SqliteConnection connection = new($"Data Source={_folder["store.db"]};Pooling=False"))
        {
            connection.Open();
            using SqliteCommand command = connection.CreateCommand();
            command.CommandText =
                "UPDATE actorstreams_topic_entries SET payload = CAST(x'FF' || substr(payload, 2) AS BLOB) WHERE base_offset = 0";
            Assert.Equal(1, command.ExecuteNonQuery());
        }

        string message =
            (await Assert.ThrowsAsync<StoreException>(() => RunAsync(Reading(Topics.Read<Order>("orders").ToEnd()), store))).Message;
        Assert.Contains("topic 'orders', partition 0", message);
        Assert.Contains("offset 0", message);
    }

    [Fact]
    public async Task A_reader_that_retention_has_overtaken_says_what_is_lost()
    {
        await RunAsync(Writing(Orders(10), partitions: 1, options: new() { RetainFor = TimeSpan.FromHours(1) }), _memory);
        Source<Order> source = Topics.Read<Order>("orders", TopicStart.Offset(4));
        await using (Job job = await Job.StartAsync(Reading(source), _memory, s_quick))
            await UntilAsync(() => _memory.ReadTable("copies").Count == 6, job);
        await _memory.Topics.CompactAsync("orders", DateTimeOffset.MaxValue.AddDays(-1));

        // what was read is committed, so the reader stands at the end; one that stands before it has lost rows
        var late = Pipeline.Create("late");
        late.Read("topic", Topics.Read<Order>("orders", TopicStart.Offset(4))).Write("out", Sinks.ForEach<Order>(_ => { }));
        string message = (await Assert.ThrowsAsync<SourceException>(() => RunAsync(late, _memory))).Message;
        Assert.Contains("offset 4 is no longer retained; the oldest is 10", message);
    }

    [Fact]
    public async Task A_compacted_topic_reads_as_a_table_and_a_reader_in_its_middle_goes_on()
    {
        var options = new TopicOptions<Order>
        {
            IsCompacted = true,
            IsDeletion = order => order.Id < 0,
            RetainDeletionsFor = TimeSpan.Zero
        };
        Order[] orders = [.. Orders(5000), new Order(-1, "account-3", 5000 * Second)];
        await RunAsync(Writing(orders, partitions: 1, options: options), _memory,
            s_quick with { EpochInterval = TimeSpan.FromSeconds(10) });
        var context = new SourceContext("pipeline", "source", TimeProvider.System) { Store = _memory };
        TopicSource<Order> source = Topics.Read<Order>("orders").ToEnd();
        var buffer = new SourceBuffer<Order>(1000);
        await using SourceReader<Order> before = await source.OpenAsync("0", null, context, default);
        Assert.True(await before.ReadAsync(buffer, default));
        SourceOffset at = new(buffer.OffsetOf(700), before.Offset.State);

        await _memory.Topics.CompactAsync("orders", DateTimeOffset.MaxValue.AddDays(-1));
        await using SourceReader<Order> after = await source.OpenAsync("0", at, context, default);
        buffer.Clear();
        Assert.True(await after.ReadAsync(buffer, default));
        Assert.Equal(["0 4998", "1 4999", "2 4993", "4 4995", "5 4996", "6 4997"], buffer.Rows.ToArray()
            .Select(o => $"{o.Account[^1]} {o.Id}").Order());
        Assert.Equal(buffer.Rows.ToArray().Select(o => (long)o.Id), Enumerable.Range(0, buffer.Count).Select(buffer.OffsetOf));
        buffer.Clear();
        Assert.False(await after.ReadAsync(buffer, default));
    }

    private static async Task UntilAsync(Func<bool> isDone, params Job[] jobs)
    {
        for (int tries = 0; !isDone(); tries++)
        {
            Assert.True(tries < 4000, "It did not come in time.");
            foreach (Job job in jobs)
            {
                if (job.Completion.IsFaulted)
                    await job.Completion;
            }

            await Task.Delay(5);
        }
    }

    /// <summary>Rows given one batch after the other; never ends by itself.</summary>
    private sealed class ManualSource<T> : IDisposable
    {
        private readonly System.Threading.Channels.Channel<T> _channel = System.Threading.Channels.Channel.CreateUnbounded<T>();

        public Source<T> Source => Sources.From(_channel.Reader);

        public void Give(T[] rows)
        {
            foreach (T row in rows)
                _channel.Writer.TryWrite(row);
        }

        public void Dispose() => _channel.Writer.TryComplete();
    }
}
