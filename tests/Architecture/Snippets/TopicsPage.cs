using ActorStreams.Authoring;

namespace ActorStreams.Architecture.Tests.Snippets;

#region topics-rows
public readonly record struct Trade(DateTimeOffset Time, string Account, string Symbol, decimal Profit);

public readonly record struct DailyProfit(string Account, decimal Profit);
#endregion

/// <summary>The code of docs/topics.md.</summary>
public sealed class TopicsPage
{
    private static readonly Trade[] s_trades = [.. Enumerable.Range(0, 48).Select(hour =>
        new Trade(new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero).AddHours(hour), $"account-{hour % 3}", "ACME", hour))];

    [Fact]
    public async Task What_one_pipeline_writes_another_reads()
    {
        Trade[] trades = s_trades;

        #region topics-compose
        await using Store store = Store.InMemory();               // Store.Sqlite(path) and Store.PostgreSql(…) as well

        var booking = Pipeline.Create("booking");
        booking.Read("trades", Sources.Of(trades))
               .WithEventTime(t => t.Time, Watermarks.BoundedOutOfOrderness(TimeSpan.FromMinutes(5)))
               .KeyBy(t => t.Account)
               .Window("daily", Window.Tumbling(TimeSpan.FromDays(1)))
               .Aggregate(a => a.Sum(t => t.Profit))
               .Map(day => new DailyProfit(day.Key, day.Result))
               .Write("profits", Topics.To("daily-profits", 4, (DailyProfit p) => p.Account));

        var ranking = Pipeline.Create("ranking");
        ranking.Read("profits", Topics.Read<DailyProfit>("daily-profits").ToEnd())   // without ToEnd: waits for more
               .KeyBy(_ => "all")
               .Window("best", Window.Tumbling(TimeSpan.FromDays(1)))
               .Aggregate(a => a.Max(p => p.Profit))
               .Write("best-of-day", Sinks.Table<WindowResult<string, decimal?>>("best", t => t
                   .Column("day", r => r.Window.Start)
                   .Column("profit", r => (double)r.Result!)));

        await using (var job = await Job.StartAsync(booking, store))
            await job.Completion;
        await using (var job = await Job.StartAsync(ranking, store))
            await job.Completion;
        #endregion

        Assert.Equal([100.0, 292.0], ((MemoryStore)store).ReadTable("best").Select(row => (double)row[1]!).Order());
    }

    [Fact]
    public void A_topic_keeps_what_its_options_say()
    {
        #region topics-options
        var lastMonth = Topics.To("trades", 4, (Trade t) => t.Account, new TopicOptions<Trade>
        {
            RetainFor = TimeSpan.FromDays(30),                    // since they were committed
            RetainBytes = 10L << 30,                              // of each partition
        });

        var positions = Topics.To("positions", 4, (Trade t) => t.Symbol, new TopicOptions<Trade>
        {
            IsCompacted = true,                                   // the last row of each key stays
            IsDeletion = t => t.Profit == 0,                      // and these take their key with them
        });
        #endregion

        #region topics-start
        var everything = Topics.Read<Trade>("trades");
        var fromNowOn = Topics.Read<Trade>("trades", TopicStart.End);
        var sinceNewYear = Topics.Read<Trade>("trades", TopicStart.Time(new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero)));
        var fromOffset = Topics.Read<Trade>("trades", TopicStart.Offset(1_000_000)).ToEnd();
        #endregion

        Assert.Contains("positions", positions.Description);
        Assert.NotEqual(lastMonth.Description, positions.Description);
        Assert.Equal(4, new[] { everything, fromNowOn, sinceNewYear, fromOffset }.Select(source => source.Description).Distinct().Count());
    }
}
