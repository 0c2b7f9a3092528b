using ActorStreams.Authoring;
using ActorStreams.Operators.Tests.Fixtures;
using ActorStreams.TestKit;

namespace ActorStreams.Operators.Tests.Windows;

/// <summary>Count windows that slide: after every few rows, a result of the last ones.</summary>
public sealed class SlidingCountSpec
{
    [Fact]
    public void Every_second_row_gives_the_last_three_and_the_end_what_is_left() =>
        new OperatorContract<string, WindowResult<string, string>>(
            rows => rows.KeyBy(row => row[..1]).Window("counts", Window.Count(3, 2))
                .Aggregate(Aggregate.Of<string>().Collect(row => row).Into(all => string.Join(' ', all))),
            result => $"{result.Key}: {result.Result}, {result.Pane}")
        .Element("a1", at: "12:00").Element("a2", at: "12:02").Element("b1", at: "12:03").Element("a3", at: "11:00").Watermark("12:30")
            .Element("a4", at: "10:00")
        .Element("a5", at: "12:40")
        .Holds("""
            a: a1 a2, Early 0 first
            a: a2 a3 a4, Early 1
            a: a3 a4 a5, OnTime 2 last
            b: b1, OnTime 0 first last
            """);

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Random_streams_give_what_the_model_gives(bool isRetracted)
    {
        for (int seed = 0; seed < 30; seed++)
        {
            var random = new Random(seed);
            int size = random.Next(1, 12), slide = size;
            while (slide == size)
                slide = random.Next(1, 12);
            var script = Script.Random(random, 150, keys: random.Next(1, 6));
            Script.Outcome came = await script.RunAsync(seed, rows => Build(rows, size, slide, isRetracted));
            Script.AreEqual(Model(script, size, slide), came.Results, $"seed {seed}, {size} rows every {slide}");
            Assert.Equal((seed, 0), (seed, came.DeadLetters));
        }
    }

    [Fact]
    public async Task A_row_that_throws_is_no_row()
    {
        MemoryStore store = Store.InMemory();
        var results = new List<long>();
        var pipeline = Pipeline.Create("counts");
        pipeline.Read("rows", Sources.Of([1L, 2L, -1L, 3L, 4L])).WithEventTime(_ => 5L, Watermarks.Monotonic()).KeyBy(_ => 0)
            .Window("counts", Window.Count(3, 2))
                .Aggregate(Aggregate.Of<long>().Sum(row => row < 0 ? throw new InvalidOperationException("negative") : row))
            .Write("out", Sinks.ForEach<WindowResult<int, long>>(result => results.Add(result.Result)));
        await pipeline.ToEndAsync(store, Runs.Quick with { Errors = ErrorPolicy.Skip });

        Assert.Equal([3L, 9L], results);
        Assert.Single(store.ReadTable("dead_letters"));
    }

    private static Stream<string> Build(Stream<Reading> rows, int size, int slide, bool isRetracted)
    {
        CountedStream<string, Reading> counts = rows.KeyBy(row => row.Key).Window("counts", Window.Count(size, slide));
        return isRetracted
            ? counts.Aggregate(Aggregate.Of<Reading>().Count().Sum(row => row.Value))
                .Map(r => FormattableString.Invariant($"{r.Key} {r.Pane.Index} {r.Result.Item1} {r.Result.Item2}"))
            : counts.Aggregate(Aggregate.Of<Reading>().Count().Average(row => (double)row.Value))
                .Map(r => FormattableString.Invariant(
                    $"{r.Key} {r.Pane.Index} {r.Result.Item1} {Math.Round(r.Result.Item2!.Value * r.Result.Item1)}"));
    }

    private static List<string> Model(Script script, int size, int slide)
    {
        var results = new List<string>();
        foreach (IGrouping<string, Reading> key in script.Steps.Where(step => step.Row is not null).Select(step => step.Row!.Value)
            .GroupBy(row => row.Key))
        {
            Reading[] rows = [.. key];
            for (int end = slide, pane = 0; end - slide < rows.Length; end += slide, pane++)
            {
                Reading[] last = [.. rows.Take(end).TakeLast(size)];
                results.Add($"{key.Key} {pane} {last.Length} {last.Sum(row => row.Value)}");
            }
        }

        return results;
    }
}
