using ActorStreams.Operators.Windows.Running;

namespace ActorStreams.Operators.Tests.Windows;

/// <summary>Sliding aggregates against a model that keeps all rows and computes everything anew.</summary>
public sealed class OverModelSpec
{
    private static string Text(Reading row, long count, long sum, long? max) =>
        FormattableString.Invariant($"{row.Key} {row.Time} {row.Value}: {count} {sum} {max}");

    /// <summary>An operator with a frame, and how it keeps its aggregates.</summary>
    internal readonly record struct Slide(Frame Frame, FrameFolding Folding)
    {
        public Stream<string> Build(Stream<Reading> rows)
        {
            OverStream<string, Reading> over = rows.KeyBy(row => row.Key).Over("over", Frame);
            return Folding switch
            {
                FrameFolding.Retracting =>
                    over.Aggregate(
                    a => a.Count().Sum(row => row.Value).RetractableMax(row => row.Value).Into((count, sum, max) => (count, sum, max)))
                    .Map(r => Text(r.Row, r.Result.count, r.Result.sum, r.Result.max)),
                FrameFolding.TwoStacks =>
                    over.Aggregate(a => a.Count().Sum(row => row.Value).Max(row => row.Value).Into((count, sum, max) => (count, sum, max)))
                    .Map(r => Text(r.Row, r.Result.count, r.Result.sum, r.Result.max)),
                _ => over.Aggregate(Aggregate.Fold<Reading, (long Count, long Sum, long? Max), (long Count, long Sum, long? Max)>(
                        () => (0, 0, null), (all, row) => (all.Count + 1, all.Sum + row.Value, Math.Max(all.Max ?? row.Value, row.Value)),
                            all => all))
                    .Map(r => Text(r.Row, r.Result.Count, r.Result.Sum, r.Result.Max)),
            };
        }

        /// <summary>A row is late if what is complete has passed it when it comes; all others have their turn in the order of event
        /// time.</summary>
        public (List<string> Results, int Late) Model(Script script)
        {
            var accepted = new List<Reading>();
            long complete = long.MinValue;
            int late = 0;
            foreach ((Reading? element, long watermark) in script.Steps)
            {
                if (element is not { } row)
                    complete = Math.Max(complete, Frame.Complete(watermark));
                else if (row.Time < complete)
                    late++;
                else
                    accepted.Add(row);
            }

            (bool isRange, long size, int count) = (Frame.IsRange, Frame.Size, Frame.Count);
            var results = new List<string>();
            foreach (IGrouping<string, Reading> key in accepted.GroupBy(row => row.Key))
            {
                Reading[] rows = [.. key.OrderBy(row => row.Time)];
                for (int at = 0; at < rows.Length; at++)
                {
                    long time = rows[at].Time;
                    Reading[] frame = isRange ? [.. rows.Where(row => row.Time > time - size && row.Time <= time)]
                        : rows[Math.Max(0, at + 1 - count)..(at + 1)];
                    results.Add(Text(rows[at], frame.Length, frame.Sum(row => row.Value), frame.Max(row => row.Value)));
                }
            }

            return (results, late);
        }
    }

    [Theory]
    [InlineData(nameof(FrameFolding.Retracting))]
    [InlineData(nameof(FrameFolding.TwoStacks))]
    [InlineData(nameof(FrameFolding.Anew))]
    public async Task Random_streams_give_what_the_model_gives(string folding)
    {
        for (int seed = 0; seed < 40; seed++)
        {
            var random = new Random(seed);
            long unit = random.Next(2) == 0 ? 1 : 10_000;
            Frame frame = random.Next(5) switch
            {
                0 => Frames.Range(TimeSpan.FromMicroseconds(unit)),
                4 => Frames.Range(TimeSpan.FromMicroseconds(random.Next(1, 40) * unit)),   // rows expire while later ones wait
                1 => Frames.Range(TimeSpan.FromMicroseconds(random.Next(1, 500) * unit)),
                2 => Frames.Rows(1),
                _ => Frames.Rows(random.Next(1, 20)),
            };
            var slide = new Slide(frame, Enum.Parse<FrameFolding>(folding));
            var script = Script.Random(random, 150, keys: random.Next(1, 6), unit: unit);
            (List<string> expected, int late) = slide.Model(script);
            Script.Outcome came = await script.RunAsync(seed, slide.Build);
            Script.AreEqual(expected, came.Results, $"seed {seed}, {slide}, unit {unit}");
            Assert.Equal((seed, late, late), (seed, came.DeadLetters, (int)came.LateDropped));
        }
    }

    [Theory]
    [InlineData(nameof(FrameFolding.Retracting))]
    [InlineData(nameof(FrameFolding.TwoStacks))]
    [InlineData(nameof(FrameFolding.Anew))]
    public void The_operator_contract_holds(string folding)
    {
        foreach (Frame frame in (Frame[])[Frames.Range(TimeSpan.FromMicroseconds(60)), Frames.Rows(3)])
        {
            var slide = new Slide(frame, Enum.Parse<FrameFolding>(folding));
            var script = Script.Random(new Random(4), 15, keys: 2);
            script.Holds(slide.Build, slide.Model(script).Results);
        }
    }

    [Fact]
    public async Task Sums_of_floating_point_numbers_are_the_same_to_the_last_bit_wherever_a_crash_comes()
    {
        static Stream<string> Build(Stream<Reading> rows) => rows.KeyBy(row => row.Key)
            .Over("over", Frames.Range(TimeSpan.FromMicroseconds(300)))
            .Aggregate(Aggregate.Of<Reading>().Average(row => row.Value * 0.1).Sum(row => 1.0 / row.Value * (row.Value == 0 ? 0 : 1e10)))
            .Map(r => FormattableString.Invariant($"{r.Row} {r.Result.Item1:R} {r.Result.Item2:R}"));

        var script = Script.Random(new Random(3), 300, keys: 2);
        Script.Outcome first = await script.RunAsync(1, Build);
        for (int seed = 2; seed < 6; seed++)
            Script.AreEqual(first.Results, (await script.RunAsync(seed, Build)).Results, $"seed {seed}");
    }
}
