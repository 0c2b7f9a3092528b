namespace ActorStreams.TestKit.Tests;

public sealed class OperatorContractSpec
{
    [Fact]
    public void A_tumbling_window_holds() =>
        new OperatorContract<string, WindowResult<string, long>>(
                clicks => clicks.KeyBy(page => page).Window("counts", Window.Tumbling(TimeSpan.FromMinutes(1)))
                    .Aggregate(Aggregate.Of<string>().Count()),
                count => $"{count.Window.StartTime:HH:mm} {count.Key} {count.Result}")
            .Element("home", at: "12:00:10")
            .Element("about", at: "12:00:20")
            .Element("home", at: "12:01:30")
            .Element("home", at: "12:00:40")
            .Watermark("12:01")
            .Element("about", at: "12:00:59")
            .Element("about", at: "12:01:01")
            .Watermark("12:02")
            .Element("home", at: "12:05")
            .Holds("""
                12:00 home 2
                12:00 about 1
                12:01 home 1
                12:01 about 1
                12:05 home 1
                """);

    [Fact]
    public void Event_sourced_entities_hold()
    {
        var contract = new OperatorContract<int, string>(numbers => numbers
            .KeyBy(number => number % 3)
            .EventSourced<int, string>("sums", decide: (sum, number) => [$"{number} after {sum}"], apply: (sum, _) => sum + 1));
        for (int number = 0; number < 12; number++)
            contract.Element(number, TestTime.Of("12:00").AddSeconds(number));

        contract.Holds(string.Join('\n', Enumerable.Range(0, 12).Select(number => $"{number} after {number / 3}")));
    }

    [Fact]
    public void An_operator_that_remembers_outside_of_its_state_is_found_out()
    {
        int seen = 0;
        var contract = new OperatorContract<int, int>(numbers => numbers.Map(number => number + Interlocked.Increment(ref seen)))
            .Element(10, at: "12:00")
            .Element(20, at: "12:01");

        Assert.StartsWith("Run 'row by row", Assert.Throws<ExpectationException>(() => contract.Holds("11\n22")).Message,
            StringComparison.Ordinal);
    }
}
