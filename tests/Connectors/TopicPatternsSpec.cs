using ActorStreams.Authoring;

namespace ActorStreams.Connectors.Tests;

/// <summary>The classic compositions by topics, each against a loop over the same rows.</summary>
public sealed class TopicPatternsSpec
{
    private const long Day = 86_400_000_000;

    public readonly record struct LogLine(long Time, string Level, string Text);

    public readonly record struct Trade(long Time, string Account, long Profit);

    public readonly record struct DailyProfit(long Day, string Account, long Profit);

    private static async Task RunAsync(Store store, Pipeline pipeline)
    {
        await using Job job = await Job.StartAsync(pipeline, store,
            new JobOptions { Parallelism = 2, EpochInterval = TimeSpan.FromMilliseconds(10) });
        await job.Completion;
    }

    [Fact]
    public async Task Errors_go_to_a_topic_of_their_own_and_the_rest_to_another()
    {
        LogLine[] lines = [.. Enumerable.Range(0, 1000).Select(i => new LogLine(i, i % 9 == 0 ? "ERROR" : "INFO", $"line {i}"))];
        await using MemoryStore store = Store.InMemory();
        var routing = Pipeline.Create("routing");
        (Stream<LogLine> errors, Stream<LogLine> others) = routing.Read("lines", Sources.Of(lines, partitions: 2))
            .Branch(line => line.Level == "ERROR");
        errors.Write("urgent", Topics.To<LogLine>("high-priority"));
        others.Write("rest", Topics.To("lines", 3, (LogLine line) => line.Text));
        await RunAsync(store, routing);

        Assert.Equal(lines.Where(line => line.Level == "ERROR").Select(line => line.Text).Order(), await TextsAsync("high-priority"));
        Assert.Equal(lines.Where(line => line.Level != "ERROR").Select(line => line.Text).Order(), await TextsAsync("lines"));

        async Task<IEnumerable<string>> TextsAsync(string topic)
        {
            List<string> texts = [];
            var reading = Pipeline.Create($"reading-{topic}");
            reading.Read("topic", Topics.Read<LogLine>(topic).ToEnd()).Write("out", Sinks.ForEach<LogLine>(line => texts.Add(line.Text)));
            await RunAsync(store, reading);
            return texts.Order();
        }
    }

    [Fact]
    public async Task Daily_profit_and_loss_by_account_leads_to_the_ten_best_of_each_day()
    {
        var random = new Random(1);
        Trade[] trades = [.. Enumerable.Range(0, 5000)
            .Select(i => new Trade(i * (Day / 1000), $"account-{random.Next(40)}", random.Next(-1000, 1000)))];
        await using MemoryStore store = Store.InMemory();

        var daily = Pipeline.Create("daily");
        daily.Read("trades", Sources.Of(trades)).WithEventTime(trade => trade.Time, Watermarks.Monotonic())
            .KeyBy(trade => trade.Account).Window("profit", Window.Tumbling(TimeSpan.FromDays(1)))
                .Aggregate(Aggregate.Of<Trade>().Sum(trade => trade.Profit))
            .Map(day => new DailyProfit(day.Window.Start / Day, day.Key, day.Result))
            .Write("profits", Topics.To("daily-profits", 4, (DailyProfit profit) => profit.Account));
        await RunAsync(store, daily);

        List<string> found = [];
        var ranking = Pipeline.Create("ranking");
        ranking.Read("profits", Topics.Read<DailyProfit>("daily-profits").ToEnd())
            .KeyBy(profit => profit.Day).Window("best", Window.Tumbling(TimeSpan.FromDays(1)))
            .Aggregate(Aggregate.Of<DailyProfit>().Top(10, profit => profit.Profit))
            .Write("out",
                Sinks.ForEach<WindowResult<long, IReadOnlyList<long>>>(day => found.Add($"{day.Key}: {string.Join(' ', day.Result)}")));
        await RunAsync(store, ranking);

        IEnumerable<string> expected = trades.GroupBy(trade => trade.Time / Day).Select(day =>
            $"{day.Key}: {string.Join(' ', day.GroupBy(trade => trade.Account).Select(account => account.Sum(trade => trade.Profit)).OrderDescending().Take(10))}");
        Assert.Equal(expected.Order(), found.Order());
    }
}
