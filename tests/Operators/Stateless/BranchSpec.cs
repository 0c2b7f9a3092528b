using ActorStreams.Authoring;

namespace ActorStreams.Operators.Tests.Stateless;

public sealed class BranchSpec
{
    private static readonly int[] s_rows = [.. Enumerable.Range(0, 1000)];

    [Fact]
    public async Task Every_row_is_in_one_of_two_in_order()
    {
        Pipeline pipeline = Pipeline.Create("test");
        List<int> even = [], odd = [];
        (Stream<int> matching, Stream<int> others) = pipeline.Read("rows", Sources.Of(s_rows)).Branch(row => row % 2 == 0);
        matching.Write("even", Sinks.ForEach<int>(even.Add));
        others.Write("odd", Sinks.ForEach<int>(odd.Add));
        await pipeline.ToEndAsync();
        Assert.Equal(s_rows.Where(row => row % 2 == 0), even);
        Assert.Equal(s_rows.Where(row => row % 2 != 0), odd);
    }

    [Fact]
    public async Task The_first_branch_that_fits_takes_the_row_and_otherwise_takes_the_rest()
    {
        Pipeline pipeline = Pipeline.Create("test");
        List<int> high = [], low = [], otherwise = [];
        Branches<int> branches = pipeline.Read("rows", Sources.Of(s_rows))
            .Branch(("high", row => row >= 500), ("low", row => row % 2 == 0));
        branches["high"].Write("to-high", Sinks.ForEach<int>(high.Add));
        branches["low"].Write("to-low", Sinks.ForEach<int>(low.Add));
        branches.Otherwise.Write("to-otherwise", Sinks.ForEach<int>(otherwise.Add));
        await pipeline.ToEndAsync();
        Assert.Equal(s_rows[500..], high);
        Assert.Equal(s_rows[..500].Where(row => row % 2 == 0), low);
        Assert.Equal(s_rows[..500].Where(row => row % 2 != 0), otherwise);
    }

    [Fact]
    public async Task Rows_keep_time_and_position_and_every_branch_has_every_watermark()
    {
        Pipeline pipeline = Pipeline.Create("test");
        List<(int, long, long)> low = [], high = [];
        List<long> lowWatermarks = [], highWatermarks = [];
        (Stream<int> first, Stream<int> second) = pipeline.ReadSeconds("rows", s_rows).Branch(row => row < 10);
        first.Watch((row, time, position) => low.Add((row, time, position)), lowWatermarks.Add).Write("low", Sinks.ForEach<int>(_ => { }));
        second.Watch((row, time, position) => high.Add((row, time, position)), highWatermarks.Add)
            .Write("high", Sinks.ForEach<int>(_ => { }));
        await pipeline.ToEndAsync(Running.OneActor with { Errors = ErrorPolicy.Skip });
        Assert.Equal(s_rows.Select(row => (row, row * 1_000_000L, Position.Of(0, row))), low.Concat(high));
        Assert.Equal(s_rows.Length + 1, lowWatermarks.Count);
        Assert.Equal(lowWatermarks, highWatermarks);
    }

    [Fact]
    public async Task A_branch_nobody_reads_holds_nothing_up()
    {
        Pipeline pipeline = Pipeline.Create("test");
        List<int> taken = [];
        pipeline.Read("rows", Sources.Of(s_rows))
            .Branch(("some", row => row < 3), ("none", _ => false))["some"].Write("out", Sinks.ForEach<int>(taken.Add));
        await pipeline.ToEndAsync();
        Assert.Equal([0, 1, 2], taken);
    }

    [Fact]
    public async Task A_predicate_that_throws_makes_a_dead_letter_and_the_row_is_in_no_branch()
    {
        Pipeline pipeline = Pipeline.Create("test");
        List<int> taken = [];
        List<DeadLetter> letters = [];
        (Stream<int> matching, Stream<int> others) = pipeline.Read("rows", Sources.Of(s_rows))
            .Branch(row => row % 300 == 7 ? throw new FormatException($"not {row}") : row < 500, "route", ErrorPolicy.Skip);
        matching.Write("low", Sinks.ForEach<int>(taken.Add));
        others.Write("high", Sinks.ForEach<int>(taken.Add));
        pipeline.DeadLettersTo(Sinks.ForEach<DeadLetter>(letters.Add));
        await pipeline.ToEndAsync();
        Assert.Equal(s_rows.Where(row => row % 300 != 7), taken);
        Assert.Equal(["7", "307", "607", "907"], letters.Select(letter => letter.Payload));
        Assert.Equal(("route", "FormatException: not 307", 307L), (letters[1].Operator, letters[1].Error, letters[1].Offset));
    }

    [Fact]
    public async Task Branches_may_each_multiply_and_meet_again_under_back_pressure()
    {
        Pipeline pipeline = Pipeline.Create("test");
        List<int> taken = [];
        (Stream<int> even, Stream<int> odd) = pipeline.Read("rows", Sources.Of(s_rows)).Branch(row => row % 2 == 0);
        even.FlatMap(row => Enumerable.Repeat(row, 30)).Union(odd.FlatMap(row => Enumerable.Repeat(row, 70)))
            .Write("out", Sinks.ForEachBatch<int>(async (rows, _) =>
            {
                await Task.Yield();
                taken.AddRange(rows);
            }, batchRows: 5));
        await pipeline.ToEndAsync(Running.Tight);
        Assert.Equal(s_rows.Where(row => row % 2 == 0).SelectMany(row => Enumerable.Repeat(row, 30)), taken.Where(row => row % 2 == 0));
        Assert.Equal(s_rows.Where(row => row % 2 != 0).SelectMany(row => Enumerable.Repeat(row, 70)), taken.Where(row => row % 2 != 0));
    }

    [Fact]
    public void Wrong_names_are_told()
    {
        Pipeline pipeline = Pipeline.Create("test");
        Stream<int> rows = pipeline.Read("rows", Sources.Of(s_rows));
        PipelineException unknown = Assert.Throws<PipelineException>(() => rows.Branch(("high", _ => true), ("low", _ => true))["medium"]);
        Assert.Contains("has no branch 'medium'. It has 'high', 'low' and Otherwise.", unknown.Message);
        Assert.Throws<PipelineException>(() => rows.Branch(("twice", _ => true), ("twice", _ => true)));
        Assert.Throws<PipelineException>(() => rows.Branch(("not a name", _ => true)));
    }
}
