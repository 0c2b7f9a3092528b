using ActorStreams.TestKit;

namespace ActorStreams.Operators.Tests.Deduplication;

public sealed class DeduplicateSpec
{
    private static readonly TimeSpan OneHour = TimeSpan.FromHours(1);

    [Fact]
    public void Holds_the_contract_of_operators() =>
        new OperatorContract<string, string>(rows => rows.KeyBy(id => id).Deduplicate("once", OneHour))
            .Element("a", at: "12:00")
            .Element("a", at: "12:30")
            .Element("b", at: "12:00")
            .Element("a", at: "11:30")
            .Element("a", at: "13:00")
            .Watermark("13:00")
            .Element("b", at: "12:59")
            .Element("a", at: "13:59")
            .Holds("""
                a
                a
                b
                b
                """);

    [Fact]
    public async Task Ids_are_forgotten_with_the_watermark()
    {
        var source = new TestSource<int>();
        var sink = new TestSink<int>();
        await using StreamTest test = await StreamTest.StartAsync(
            pipeline => pipeline.Read("rows", source).KeyBy(id => id).Deduplicate("once", OneHour).Write("out", sink));
        for (int id = 0; id < 1_000; id++)
            source.Element(id, "12:00").Element(id, "12:01");
        Assert.Equal(1_000, sink.Rows.Count);
        Assert.Equal(1_000, test.Job.Metrics.Operators["once"]["duplicates"]);
        Assert.Equal(1_000, test.Job.Metrics.Operators["once"]["remembered"]);
        source.Watermark("12:30").Watermark("14:00");
        test.RunUntilIdle();
        Assert.Equal(0, test.Job.Metrics.Operators["once"]["remembered"]);
    }
}
