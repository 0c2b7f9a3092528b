using ActorStreams.Authoring;
using ActorStreams.TestKit;

namespace ActorStreams.Operators.Tests.Joins;

/// <summary>A join of rows that come and go shows at all times what the join of the rows that are there gives, whatever order they came
/// in.</summary>
public sealed class ChangesJoinSpec
{
    private static readonly JoinType[] s_types = Enum.GetValues<JoinType>();

    [Fact]
    public async Task Every_left_row_meets_every_right_row_of_its_key()
    {
        var run = await Run.StartAsync(JoinType.Inner);
        await using StreamTest test = run.Test;

        run.Left.Element(Change<string>.Insert("a1"), "12:00").Element(Change<string>.Insert("a2"), "12:00");
        run.Right.Element(Change<string>.Insert("aX"), "12:00").Element(Change<string>.Insert("bX"), "12:00");
        test.Commit();
        run.Sink.ShouldEmit("""
            a1 aX +1
            a2 aX +1
            """);
        run.Right.Element(Change<string>.Insert("aY"), "12:01");
        run.Left.Element(Change<string>.Retract("a1"), "12:01");
        test.Commit();

        Assert.Equal(["a2 aX", "a2 aY"], run.Shown());
    }

    [Fact]
    public async Task A_left_row_without_partner_is_shown_alone_until_one_comes_and_again_when_the_last_goes()
    {
        var run = await Run.StartAsync(JoinType.Left);
        await using StreamTest test = run.Test;

        run.Left.Element(Change<string>.Insert("a1"), "12:00");
        test.Commit();
        Assert.Equal(["a1 -"], run.Shown());
        run.Right.Element(Change<string>.Insert("aX"), "12:00").Element(Change<string>.Insert("aX"), "12:00");
        test.Commit();
        Assert.Equal(["a1 aX", "a1 aX"], run.Shown());
        run.Right.Element(Change<string>.Retract("aX"), "12:00");
        test.Commit();
        Assert.Equal(["a1 aX"], run.Shown());
        run.Right.Element(Change<string>.Retract("aX"), "12:00");
        test.Commit();
        Assert.Equal(["a1 -"], run.Shown());
    }

    [Fact]
    public async Task Rows_come_and_go_in_any_order_and_the_join_is_that_of_the_rows_that_are_there()
    {
        foreach (JoinType type in s_types)
        {
            for (int seed = 1; seed <= 6; seed++)
            {
                var random = new Random(seed);
                var run = await Run.StartAsync(type, parallelism: 1 + random.Next(3), where: static (left, right) => left[1] != right[1]);
                await using StreamTest test = run.Test;
                var left = new List<string>();
                var right = new List<string>();
                for (int epoch = 0; epoch < 4; epoch++)
                {
                    for (int change = 0; change < 15; change++)
                        Change(random, random.Next(2) == 0 ? (left, run.Left) : (right, run.Right));
                    test.Commit();
                    if (random.Next(4) == 0)
                        test.CrashAndRestore(1 + random.Next(3));

                    string[] expected = [.. Model(type, left, right).Order(StringComparer.Ordinal)];
                    Assert.True(expected.SequenceEqual(run.Shown()), $"{type}, seed {seed}, epoch {epoch}");
                }
            }
        }
    }

    [Fact]
    public void It_holds_what_every_operator_with_two_inputs_holds() =>
        new TwoInputContract<Change<string>, Change<string>, Change<Joined<string, string>>>(
            (left, right) => left.KeyBy(change => change.Row[0]).Join("join", right.KeyBy(change => change.Row[0]), JoinType.Full),
            Settled)
            .Left(Change<string>.Insert("a1"), at: "12:00")
            .Right(Change<string>.Insert("aX"), at: "12:00")
            .Left(Change<string>.Insert("b1"), at: "12:00")
            .Right(Change<string>.Insert("aX"), at: "12:01")
            .Left(Change<string>.Retract("a1"), at: "12:01")
            .Right(Change<string>.Insert("cX"), at: "12:02")
            .Left(Change<string>.Insert("c1"), at: "12:02")
            .Holds("""
                - aX
                - aX
                b1 -
                c1 cX
                """);

    private static void Change(Random random, (List<string> Rows, TestSource<Change<string>> Source) side)
    {
        if (side.Rows.Count > 0 && random.Next(3) == 0)
        {
            string gone = side.Rows[random.Next(side.Rows.Count)];
            side.Rows.Remove(gone);
            side.Source.Element(Change<string>.Retract(gone), "12:00");
            return;
        }

        string row = $"{(char)('a' + random.Next(3))}{random.Next(3)}";
        side.Rows.Add(row);
        side.Source.Element(Change<string>.Insert(row), "12:00");
    }

    private static IEnumerable<string> Model(JoinType type, List<string> left, List<string> right)
    {
        static bool Meet(string l, string r) => l[0] == r[0] && l[1] != r[1];
        IEnumerable<string> alone = left.Where(l => !right.Exists(r => Meet(l, r))).Select(l => $"{l} -");
        IEnumerable<string> pairs = left.SelectMany(l => right.Where(r => Meet(l, r)).Select(r => $"{l} {r}"));
        IEnumerable<string> rightAlone = right.Where(r => !left.Exists(l => Meet(l, r))).Select(r => $"- {r}");
        return type switch
        {
            JoinType.Inner => pairs,
            JoinType.Left => pairs.Concat(alone),
            JoinType.Right => pairs.Concat(rightAlone),
            JoinType.Full => pairs.Concat(alone).Concat(rightAlone),
            JoinType.Semi => left.Where(l => right.Exists(r => Meet(l, r))).Select(l => $"{l} -"),
            _ => alone,
        };
    }

    /// <summary>What changes come to.</summary>
    private static IEnumerable<string> Settled(IReadOnlyList<Change<Joined<string, string>>> changes) =>
        changes.GroupBy(change => change.Row)
        .SelectMany(rows => Enumerable.Repeat(Shown(rows.Key), rows.Sum(change => change.Weight)));

    private static string Text(Change<Joined<string, string>> change) => $"{Shown(change.Row)} {change.Weight:+0;-0}";

    private static string Shown(Joined<string, string> pair) => $"{(pair.HasLeft ? pair.Left : "-")} {(pair.HasRight ? pair.Right : "-")}";

    private sealed record Run(
        StreamTest Test, TestSource<Change<string>> Left, TestSource<Change<string>> Right, TestSink<Change<Joined<string, string>>> Sink)
    {
        public static async Task<Run> StartAsync(JoinType type, int parallelism = 1, Func<string, string, bool>? where = null)
        {
            var left = new TestSource<Change<string>>();
            var right = new TestSource<Change<string>>();
            var sink = new TestSink<Change<Joined<string, string>>>(Text);
            var options = new JobOptions { Parallelism = parallelism, EpochInterval = TimeSpan.FromDays(40), MaxEventTimeAhead = null };
            StreamTest test = await StreamTest.StartAsync(pipeline => pipeline.Read("left", left).KeyBy(change => change.Row[0])
                .Join("join", pipeline.Read("right", right).KeyBy(change => change.Row[0]), type, where).Write("out", sink), options);
            return new Run(test, left, right, sink);
        }

        /// <summary>The rows that are shown, each as often as it is.</summary>
        public string[] Shown() => [.. Settled(Sink.Committed).Order(StringComparer.Ordinal)];
    }
}
