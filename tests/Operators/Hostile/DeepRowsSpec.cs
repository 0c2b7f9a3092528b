using ActorStreams.Authoring;
using ActorStreams.Operators.Tests.Fixtures;

namespace ActorStreams.Operators.Tests.Hostile;

/// <summary>Rows and states that contain themselves: past a bound they are errors of the row and the operator, never of the epoch, and
/// never the end of the process.</summary>
[Trait("Issue", "A9")]
public sealed class DeepRowsSpec
{
    public sealed record Node(int Id, Node? Next);

    public sealed record Branch(int Id, IReadOnlyList<Branch> Children);

    private static readonly Node s_shallow = Chain(1, 60), s_deep = Chain(2, 100_000);

    public static TheoryData<string> Operators => ["event-sourced", "processed", "in windows", "by a deep key"];

    private static Stream<int> Apply(string how, Stream<Node> rows) => how switch
    {
        "event-sourced" => rows.KeyBy(row => row.Id).EventSourced<int, Node>("op", (_, row) => [row], (count, _) => count + 1)
            .Map(row => row.Id),
        "processed" => rows.KeyBy(row => row.Id).Process("op", () => new Last()),
        "in windows" => rows.KeyBy(row => row.Id).Window("op", Window.Tumbling(TimeSpan.FromHours(1)))
            .Aggregate(Aggregate.Of<Node>().Collect(row => row)).Map(result => result.Result[0].Id),
        _ => rows.KeyBy(row => row).EventSourced<int, int>("op", (_, row) => [row.Id], (count, _) => count + 1),
    };

    [Theory]
    [MemberData(nameof(Operators))]
    public async Task Under_fail_the_error_names_the_operator_and_says_what_is_too_deep(string how)
    {
        JobException error = await Build(how, [s_shallow, s_deep], []).FailsAsync<JobException>(Store.InMemory());
        Assert.Contains("Pipeline 'deep', operator 'op'", error.Message, StringComparison.Ordinal);
        Assert.Contains("contains itself more than 64 deep", error.Message, StringComparison.Ordinal);
        Assert.Contains("nested too deep to be shown", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(Operators))]
    public async Task Under_skip_it_becomes_a_dead_letter_and_the_others_go_on(string how)
    {
        MemoryStore store = Store.InMemory();
        List<int> results = [];
        await Build(how, [s_shallow, s_deep, Chain(3, 2)], results).ToEndAsync(store, Runs.Quick with { Errors = ErrorPolicy.Skip });
        Assert.Equal([1, 3], results.Order());
        object?[] letter = Assert.Single(store.ReadTable("dead_letters"));
        Assert.Equal("op", letter[1]);
        Assert.Contains("contains itself more than 64 deep", (string)letter[2]!, StringComparison.Ordinal);
    }

    [Fact]
    public async Task State_that_user_code_makes_too_deep_is_an_error_of_the_row_that_did_it()
    {
        MemoryStore store = Store.InMemory();
        var pipeline = Pipeline.Create("deep");
        pipeline.Read("rows", Sources.Of([.. Enumerable.Range(0, 100)])).KeyBy(_ => 1)
            .EventSourced<Node?, int>("chain", (_, id) => [id], (state, id) => new Node(id, state), initial: () => null)
                .Write("out", Sinks.ForEach<int>(_ => { }));
        await pipeline.ToEndAsync(store, Runs.Quick with { Errors = ErrorPolicy.Skip });
        Assert.Equal(35, store.ReadTable("dead_letters").Count);
        Assert.All(store.ReadTable("dead_letters"), letter => Assert.Equal("chain", letter[1]));
    }

    [Fact]
    public async Task State_that_is_made_deeper_after_it_was_kept_fails_at_the_barrier_and_names_operator_and_state()
    {
        var pipeline = Pipeline.Create("deep");
        pipeline.Read("rows", Sources.Of([1])).KeyBy(_ => 1).Process("grower", () => new Grower())
            .Write("out", Sinks.ForEach<int>(_ => { }));
        JobException error = await pipeline.FailsAsync<JobException>(Store.InMemory());
        Assert.Contains("Pipeline 'deep', operator 'grower', state 'tree'", error.Message, StringComparison.Ordinal);
        Assert.Contains("contains itself more than 64 deep", error.Message, StringComparison.Ordinal);
    }

    private static Node Chain(int id, int length)
    {
        Node? chain = null;
        for (int i = 1; i < length; i++)
            chain = new Node(i, chain);
        return new Node(id, chain);
    }

    private static Pipeline Build(string how, Node[] rows, List<int> results)
    {
        var pipeline = Pipeline.Create("deep");
        Apply(how, pipeline.Read("rows", Sources.Of(rows)).WithEventTime(row => row.Id, Watermarks.Monotonic()))
            .Write("out", Sinks.ForEach<int>(results.Add));
        return pipeline;
    }

    private sealed class Last : ProcessFunction<int, Node, int>
    {
        private readonly ValueState<Node?> _last;

        public Last() => _last = Value<Node?>("last", null);

        public override void OnRow(in Node row, ProcessContext<int, int> context)
        {
            _last.Value = row;
            context.Emit(row.Id);
        }
    }

    private sealed class Grower : ProcessFunction<int, int, int>
    {
        private readonly ValueState<Branch?> _tree;

        public Grower() => _tree = Value<Branch?>("tree", null);

        public override void OnRow(in int row, ProcessContext<int, int> context)
        {
            List<Branch> children = [];
            _tree.Value = new Branch(0, children);
            Branch deep = new(0, []);
            for (int i = 0; i < 100; i++)
                deep = new Branch(i, [deep]);
            children.Add(deep);
        }
    }
}
