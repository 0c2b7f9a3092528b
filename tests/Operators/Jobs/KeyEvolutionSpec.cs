using ActorStreams.Authoring;
using ActorStreams.Operators.Tests.Fixtures;

namespace ActorStreams.Operators.Tests.Jobs;

/// <summary>A pipeline whose keys are of another type than its older version's: their state goes on, or the start is refused in words that
/// help; it is never lost unseen.</summary>
public sealed class KeyEvolutionSpec
{
    private const int Keys = 40;

    public readonly record struct Place(int Number, string Street);

    public readonly record struct PlaceWithFlat(int Number, string Street, int Flat);

    public readonly record struct PlaceRenamed([property: FormerName("Number")] int House, string Street);

    /// <summary>Every way in which operators store keys.</summary>
    public static TheoryData<string> Operators =>
        new("event-sourced", "value", "list and map", "timer", "tumbling window", "hopping window",
        "session", "count window", "frame", "join", "pattern");

    [Theory]
    [MemberData(nameof(Operators))]
    public async Task A_type_that_cannot_hold_the_stored_keys_is_refused_with_what_was_stored_and_what_is_now(string kind)
    {
        StoreException error = await ChangedAsync(kind, n => n, n => $"{n}");

        Assert.All((string[])["Pipeline 'evolving', operator 'counts', state '", "the type of its keys has changed", "'int'", "'string'",
            "What was stored: ", "What the code has: ", "give the operator a new name", nameof(JobOptions.AllowRemovedState)],
            part => Assert.Contains(part, error.Message, StringComparison.Ordinal));
        Assert.DoesNotContain("field another name", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(Operators))]
    public async Task A_key_that_gained_a_field_is_refused_because_its_rows_would_miss_its_state(string kind)
    {
        StoreException error = await ChangedAsync(kind, n => new Place(n, "Elm"), n => new PlaceWithFlat(n, "Elm", 0));

        Assert.All((string[])["Pipeline 'evolving', operator 'counts', state '", "the type of its keys has changed", "belongs to shard",
            "Flat", nameof(JobOptions.AllowRemovedState)],
            part => Assert.Contains(part, error.Message, StringComparison.Ordinal));
    }

    [Theory]
    [MemberData(nameof(Operators))]
    public async Task A_wider_number_and_a_renamed_field_keep_their_state(string kind)
    {
        await RunAsync(kind, n => n, n => (long)n);
        await RunAsync(kind, n => new Place(n, "Elm"), n => new PlaceRenamed(n, "Elm"));
    }

    [Fact]
    public async Task A_field_that_cannot_hold_what_was_stored_is_named_with_pipeline_and_state()
    {
        var store = Store.InMemory();
        await StartAsync("value", n => n, store);
        var pipeline = Pipeline.Create("evolving");
        pipeline.Read("numbers", Sources.Of([1])).KeyBy(n => n).Process("counts", () => new Remembers<int, string>(""))
            .Write("out", Sinks.ForEach<int>(_ => { }));

        StoreException error = await Assert.ThrowsAsync<StoreException>(() => Job.StartAsync(pipeline, store, Runs.Quick));

        Assert.All((string[])["Pipeline 'evolving', operator 'counts', state 'last'", "stored as 'int' and is now 'string'",
            "What was stored: int + int. What the code has: int + string.", "Keep the old type"],
            part => Assert.Contains(part, error.Message, StringComparison.Ordinal));
    }

    private static async Task<StoreException> ChangedAsync<TBefore, TAfter>(string kind, Func<int, TBefore> before, Func<int, TAfter> after)
    {
        var store = Store.InMemory();
        await StartAsync(kind, before, store);
        return await Assert.ThrowsAsync<StoreException>(() => StartAsync(kind, after, store));
    }

    private static async Task RunAsync<TBefore, TAfter>(string kind, Func<int, TBefore> before, Func<int, TAfter> after)
    {
        var store = Store.InMemory();
        await StartAsync(kind, before, store);
        await StartAsync(kind, after, store);
    }

    /// <summary>Starts, gives every key its state, and commits it.</summary>
    private static async Task StartAsync<TKey>(string kind, Func<int, TKey> keyOf, Store store)
    {
        var source = new ScriptedSource<int>().Add([.. Enumerable.Range(0, Keys)]);
        var pipeline = Pipeline.Create("evolving");
        Build(kind, pipeline.Read("numbers", source).WithEventTime(n => n * 1_000_000L, Watermarks.Monotonic()).KeyBy(keyOf));
        await using Job job = await Job.StartAsync(pipeline, store, Runs.Quick);
        await source.CommittedAsync(Keys);
    }

    private static void Build<TKey>(string kind, KeyedStream<TKey, int> keyed)
    {
        TimeSpan day = TimeSpan.FromDays(1);
        switch (kind)
        {
            case "event-sourced":
                Out(keyed.EventSourced<long, int>("counts", (_, n) => [n], (state, _) => state + 1));
                break;
            case "value":
                Out(keyed.Process("counts", () => new Remembers<TKey, int>(0)));
                break;
            case "list and map":
                Out(keyed.Process("counts", () => new Collects<TKey>()));
                break;
            case "timer":
                Out(keyed.Process("counts", () => new Sleeps<TKey>()));
                break;
            case "tumbling window":
                Out(keyed.Window("counts", Window.Tumbling(day)).Aggregate(Aggregate.Of<int>().Count()));
                break;
            case "hopping window":
                Out(keyed.Window("counts", Window.Hopping(day, day / 4)).Aggregate(Aggregate.Of<int>().Count()));
                break;
            case "session":
                Out(keyed.Window("counts", Window.Session(day)).Aggregate(Aggregate.Of<int>().Count()));
                break;
            case "count window":
                Out(keyed.Window("counts", Window.Count(1000)).Aggregate(Aggregate.Of<int>().Count()));
                break;
            case "frame":
                Out(keyed.Over("counts", Frames.Range(day)).Aggregate(Aggregate.Of<int>().Count()));
                break;
            case "join":
                Out(keyed.IntervalJoin("counts", keyed, Interval.Within(day)));
                break;
            case "pattern":
                Out(keyed.Match("counts", Pattern.Begin<int>("one").FollowedBy("two", n => n < 0).Within(day)).Select(match => 1));
                break;
        }
    }

    private static void Out<T>(Stream<T> rows) => rows.Write("out", Sinks.ForEach<T>(_ => { }));

    private sealed class Remembers<TKey, T> : ProcessFunction<TKey, int, int>
    {
        private readonly ValueState<T> _last;
        private readonly T _what;

        public Remembers(T what) => (_what, _last) = (what, Value<T>("last"));

        public override void OnRow(in int row, ProcessContext<TKey, int> context) => _last.Value = _what;
    }

    private sealed class Collects<TKey> : ProcessFunction<TKey, int, int>
    {
        private readonly ListState<int> _all;
        private readonly MapState<int, int> _byNumber;

        public Collects() => (_all, _byNumber) = (List<int>("all"), Map<int, int>("by-number"));

        public override void OnRow(in int row, ProcessContext<TKey, int> context)
        {
            _all.Add(row);
            _byNumber.Put(row, row);
        }
    }

    private sealed class Sleeps<TKey> : ProcessFunction<TKey, int, int>
    {
        public override void OnRow(in int row, ProcessContext<TKey, int> context) => context.SetTimer(long.MaxValue / 2);
    }
}
