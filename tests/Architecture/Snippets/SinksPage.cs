using ActorStreams.Authoring;

namespace ActorStreams.Architecture.Tests.Snippets;

#region patterns-rows
public sealed record LogLine(DateTimeOffset Time, string Host, string Level, string Text);

public readonly record struct Deal(DateTimeOffset Time, string Desk, string Trader, long Cents);

public sealed record Invoice(string Customer, long Number, long Cents);
#endregion

/// <summary>The code of docs/sinks.md, docs/outbox.md, docs/avro.md, and of the patterns of docs/classic-cases.md that are composed by
/// topics.</summary>
public sealed class SinksPage
{
    private static readonly DateTimeOffset s_start = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

    private static readonly Deal[] s_deals = [.. Enumerable.Range(0, 600)
        .Select(i => new Deal(s_start.AddMinutes(i * 5), $"desk-{i % 3}", $"trader-{i % 40}", (i * 7919 % 401) - 200))];

    private static readonly Invoice[] s_invoices = [new("ann", 1, 500), new("bob", 2, 700), new("ann", 3, 900)];

    [Fact]
    public async Task A_top_list_goes_into_a_table_that_follows_it()
    {
        var store = new MemoryStore();
        var pipeline = Pipeline.Create("deals");
        Stream<Deal> deals = pipeline.Read("deals", Sources.Of(s_deals));

        #region sinks-upsert
        Table<string, long> profits = deals.AsChanges().GroupBy(deal => deal.Trader).Sum("profits", deal => deal.Cents);

        Stream<Change<TableRow<string, TableRow<string, long>>>> best = profits
            .GroupBy(_ => "all")
            .Top("best-10", 10, Comparer<TableRow<string, long>>.Create((a, b) => b.Value.CompareTo(a.Value)));

        best.ToUpsert("best-by-trader", row => row.Value.Key)
            .Write("best-table", Sinks.UpsertTable<string, TableRow<string, TableRow<string, long>>>("best_traders", t => t
                .Key("trader", trader => trader)
                .Column("cents", row => row.Value.Value)));
        #endregion

        await using (var job = await Job.StartAsync(pipeline, store))
            await job.Completion;
        Assert.Equal(
            s_deals.GroupBy(deal => deal.Trader).Select(group => group.Sum(deal => deal.Cents)).OrderDescending().Take(10),
            store.ReadTable("best_traders").Select(row => (long)row[1]!).OrderDescending());
    }

    [Fact]
    public void Tables_of_another_database_follow_too()
    {
        string connectionString = "Host=localhost;Database=shop";
        var pipeline = Pipeline.Create("deals");
        Table<string, long> profits = pipeline.Read("deals", Sources.Of(s_deals)).AsChanges().GroupBy(deal => deal.Trader)
            .Sum("profits", deal => deal.Cents);

        #region sinks-postgresql
        profits.Write("profits-table", PostgreSqlSink.Upsert<string, long>(connectionString, "reports.profits", t => t
            .Key("trader", trader => trader)
            .Column("cents", cents => cents)));
        #endregion

        Assert.Contains("two-phase", pipeline.Describe(), StringComparison.Ordinal);
    }

    #region sinks-own
    public sealed class LineSink(string folder) : Sink<string>
    {
        public override string Description => $"a file for each epoch in {folder}";

        public override SinkGuarantee Guarantee => SinkGuarantee.TwoPhase;

        public override int MaxParallelism => 1;

        public override async ValueTask<SinkWriter<string>> OpenAsync(SinkContext context, CancellationToken cancellation)
        {
            var writer = new Writer(folder);
            if (context.Handle is not null)
                await writer.CommitAsync(context.CommittedEpoch, context.Handle, cancellation);   // it may not have come to that
            return writer;
        }

        private sealed class Writer(string folder) : SinkWriter<string>
        {
            private readonly List<string> _rows = [];

            public override void Write(in Chunk<string> chunk) => _rows.AddRange(chunk.Rows);

            public override async ValueTask<PreparedOutput> PrepareAsync(long epoch, CancellationToken cancellation)
            {
                await File.WriteAllLinesAsync(Path.Combine(folder, $"{epoch}.staged"), _rows, cancellation);
                _rows.Clear();
                return new PreparedOutput([], Handle: [1]);
            }

            public override ValueTask CommitAsync(long epoch, byte[]? handle, CancellationToken cancellation)
            {
                if (File.Exists(Path.Combine(folder, $"{epoch}.staged")))                          // a second time it is not
                    File.Move(Path.Combine(folder, $"{epoch}.staged"), Path.Combine(folder, $"{epoch}.txt"));
                return ValueTask.CompletedTask;
            }
        }
    }
    #endregion

    [Fact]
    public async Task A_sink_of_one_s_own_has_two_phases()
    {
        string folder = Directory.CreateTempSubdirectory("line-sink-").FullName;
        var pipeline = Pipeline.Create("lines");
        pipeline.Read("lines", Sources.Of<string>(["a", "b"])).Write("files", new LineSink(folder));
        await using (var job = await Job.StartAsync(pipeline, Store.InMemory()))
            await job.Completion;
        Assert.Equal(["a", "b"], Directory.GetFiles(folder, "*.txt").SelectMany(File.ReadAllLines));
        Directory.Delete(folder, recursive: true);
    }

    [Fact]
    public async Task Invoices_are_paid_once()
    {
        var bank = new Bank();
        await using Store store = Store.InMemory();
        var pipeline = Pipeline.Create("billing");
        Stream<Invoice> invoices = pipeline.Read("invoices", Sources.Of(s_invoices));

        #region outbox-call
        invoices.KeyBy(invoice => invoice.Customer)
                .CallOut("pay",
                    async (effect, cancellation) => await bank.PayAsync(effect.Id, effect.Row.Customer, effect.Row.Cents, cancellation),
                    new()
                    {
                        Capacity = 8,                              // calls at once; those of one customer one after the other
                        Timeout = TimeSpan.FromSeconds(10),
                        MaxAttempts = 20,
                        GiveUp = GiveUp.Emit,
                    })
                .Filter(outcome => !outcome.IsAcknowledged)
                .Map(outcome => $"{outcome.Effect.Row.Number} was not paid: {outcome.Error}")
                .Write("unpaid", Sinks.Console<string>());
        #endregion

        await using (var job = await Job.StartAsync(pipeline, store, new JobOptions { EpochInterval = TimeSpan.FromMilliseconds(20) }))
            await job.Completion;
        Assert.Equal([500L, 700L, 900L], bank.Paid.Values.Order());
    }

    [Fact]
    public async Task Errors_go_to_a_topic_of_their_own_and_the_rest_becomes_Avro()
    {
        string file = Path.Combine(Directory.CreateTempSubdirectory("avro-page-").FullName, "log.avro");
        LogLine[] lines = [.. Enumerable.Range(0, 100)
            .Select(i => new LogLine(s_start.AddSeconds(i), $"host-{i % 4}", i % 10 == 0 ? "ERROR" : "INFO", $"line {i}"))];
        await using Store store = Store.InMemory();

        #region patterns-routing
        var routing = Pipeline.Create("routing");
        Stream<LogLine> log = routing.Read("log", Sources.Of(lines));
        log.Filter(line => line.Level == "ERROR").Write("urgent", Topics.To("errors", 1, (LogLine line) => line.Host));
        log.Filter(line => line.Level != "ERROR")
            .Write("archive", Avro.ToFile<LogLine>(file, new() { Compression = AvroCompression.Deflate }));

        var alerting = Pipeline.Create("alerting");
        alerting.Read("errors", Topics.Read<LogLine>("errors").ToEnd())
                .Write("alerts",
                    Sinks.Table<LogLine>("alerts", t => t.Column("host", line => line.Host).Column("text", line => line.Text)));
        #endregion

        await using (var job = await Job.StartAsync(routing, store))
            await job.Completion;
        await using (var job = await Job.StartAsync(alerting, store))
            await job.Completion;
        Assert.Equal(10, ((MemoryStore)store).ReadTable("alerts").Count);

        var reading = Pipeline.Create("reading");
        #region avro-read
        Stream<LogLine> archived = reading.Read("archive", Avro.File<LogLine>(file));
        #endregion
        var seen = new List<LogLine>();
        archived.Write("seen", Sinks.ForEach<LogLine>(seen.Add));
        await using (var job = await Job.StartAsync(reading, Store.Volatile))
            await job.Completion;
        Assert.Equal(lines.Where(line => line.Level != "ERROR"), seen.OrderBy(line => line.Time));
        Directory.Delete(Path.GetDirectoryName(file)!, recursive: true);
    }

    [Fact]
    public async Task Local_state_is_aggregated_and_goes_to_a_topic_and_from_there_to_the_day_s_best_ten()
    {
        Deal[] rows = s_deals;
        await using Store store = Store.InMemory();

        #region patterns-stages
        // Stage 1: what each trader made in a day, from state that only this job holds, into a topic.
        var daily = Pipeline.Create("daily-profit-and-loss");
        daily.Read("deals", Sources.Of(rows))
             .WithEventTime(deal => deal.Time, Watermarks.BoundedOutOfOrderness(TimeSpan.FromMinutes(5)))
             .KeyBy(deal => (deal.Desk, deal.Trader))
             .Window("daily", Window.Tumbling(TimeSpan.FromDays(1)))
             .Aggregate(a => a.Sum(deal => deal.Cents))
             .Map(day => (Day: day.Window.StartTime, day.Key.Trader, Cents: day.Result))
             .Write("profits", Topics.To("profits", 4, ((DateTimeOffset Day, string Trader, long Cents) row) => row.Trader));

        // Stage 2: the ten best of each day, by another job, which may start whenever it likes.
        var ranking = Pipeline.Create("ranking");
        ranking.Read("profits", Topics.Read<(DateTimeOffset Day, string Trader, long Cents)>("profits").ToEnd())
               .AsChanges()
               .GroupBy(row => (row.Day, row.Trader)).Sum("by-trader", row => row.Cents)
               .GroupBy(row => row.Key.Day)
               .Top("top-10", 10,
                   Comparer<TableRow<(DateTimeOffset Day, string Trader), long>>.Create((a, b) => b.Value.CompareTo(a.Value)))
               .ToUpsert("best", row => (Day: row.Key, row.Value.Key.Trader))
               .Write("best-table",
                   Sinks.UpsertTable<(DateTimeOffset Day, string Trader), TableRow<DateTimeOffset, TableRow<(DateTimeOffset Day, string Trader), long>>>("best", t => t
                   .Key("day", key => key.Day)
                   .Key("trader", key => key.Trader)
                   .Column("cents", row => row.Value.Value)));
        #endregion

        await using (var job = await Job.StartAsync(daily, store))
            await job.Completion;
        await using (var job = await Job.StartAsync(ranking, store))
            await job.Completion;
        Assert.Equal(
            rows.GroupBy(deal => deal.Time.Date)
                .SelectMany(day => day.GroupBy(deal => deal.Trader).Select(trader => trader.Sum(deal => deal.Cents)).OrderDescending()
                .Take(10)).Order(),
            ((MemoryStore)store).ReadTable("best").Select(row => (long)row[2]!).Order());
    }

    private sealed class Bank
    {
        public Dictionary<Guid, long> Paid { get; } = [];

        public async ValueTask<bool> PayAsync(Guid id, string customer, long cents, CancellationToken cancellation)
        {
            await Task.Yield();
            lock (Paid)
                return Paid.TryAdd(id, cents) || customer.Length > 0;
        }
    }
}
