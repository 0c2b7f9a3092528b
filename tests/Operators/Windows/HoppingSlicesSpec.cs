using ActorStreams.Core.Pipelines;
using ActorStreams.Core.Time;
using ActorStreams.Operators.Aggregates;
using ActorStreams.Operators.Stateless;
using ActorStreams.Operators.Windows;

namespace ActorStreams.Operators.Tests.Windows;

/// <summary>Hopping windows by slices: the same results as one update per window gives, for subtracted and for merged aggregates.</summary>
public sealed class HoppingSlicesSpec
{
    internal readonly record struct Hops(long Size, long Slide, long Offset, bool IsSubtracted, bool IsTwoPhase = false)
    {
        public Stream<string> Build(Stream<Reading> rows) => IsSubtracted
            ? Of(rows, Fold.Of<Reading>().Count().Sum(row => row.Value)).Map(r => FormattableString.Invariant($"{r.Key} {r.Window.Start} {r.Window.End} {r.Result.Item1} {r.Result.Item2}"))
            : Of(rows, Fold.Of<Reading>().Count().Max(row => row.Value).Average(row => (double)row.Value))
                .Map(r => FormattableString.Invariant($"{r.Key} {r.Window.Start} {r.Window.End} {r.Result.Item1} {r.Result.Item2} {r.Result.Item3:F3}"));

        private Stream<WindowResult<string, TOut>> Of<TAgg, TAcc, TOut>(Stream<Reading> rows, Aggregate<Reading, TAgg, TAcc, TOut> aggregate)
            where TAgg : struct, IAggregator<Reading, TAcc, TOut> =>
            (IsTwoPhase ? Windowed(rows).TwoPhase() : Windowed(rows)).Aggregate(aggregate);

        private WindowedStream<string, Reading> Windowed(Stream<Reading> rows) => rows.KeyBy(row => row.Key)
            .Window("hops", Kinds.Hopping(TimeSpan.FromMicroseconds(Size), TimeSpan.FromMicroseconds(Slide), TimeSpan.FromMicroseconds(Offset)));

        /// <summary>All elements kept, everything recomputed: a row counts in each of its windows that is not complete when it comes.</summary>
        public (List<string> Results, int Late) Model(Script script)
        {
            var windows = new Dictionary<(string Key, long Start), List<long>>();
            long watermark = long.MinValue;
            int late = 0;
            foreach ((Reading? element, long next) in script.Steps)
            {
                if (element is not { } row)
                {
                    watermark = Math.Max(watermark, next);
                    continue;
                }

                int open = 0, all = 0;
                for (long start = (EventTime.FloorDiv(row.Time - Offset, Slide) * Slide) + Offset; start + Size > row.Time; start -= Slide)
                {
                    all++;
                    if (start + Size <= watermark)
                        continue;
                    open++;
                    (windows.TryGetValue((row.Key, start), out List<long>? values) ? values : windows[(row.Key, start)] = []).Add(row.Value);
                }

                if (all > 0 && open == 0)
                    late++;
            }

            return ([.. windows.Select(Text)], late);
        }

        private string Text(KeyValuePair<(string Key, long Start), List<long>> window) =>
            FormattableString.Invariant($"{window.Key.Key} {window.Key.Start} {window.Key.Start + Size} {window.Value.Count} ") + (IsSubtracted
                ? FormattableString.Invariant($"{window.Value.Sum()}")
                : FormattableString.Invariant($"{window.Value.Max()} {window.Value.Average():F3}"));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Random_streams_give_what_the_model_gives(bool isSubtracted)
    {
        for (int seed = 0; seed < 60; seed++)
        {
            var random = new Random(seed);
            (long size, long slide) = random.Next(6) switch
            {
                0 => (10L, 10L),
                1 => (100, 10),
                2 => (25, 10),
                3 => (7, 20),
                4 => (random.Next(1, 120), random.Next(1, 40)),
                _ => (101, 3),
            };
            var hops = new Hops(size, slide, random.Next(-30, 30), isSubtracted);
            var script = Script.Random(random, 150);
            (List<string> expected, int late) = hops.Model(script);
            Script.Outcome came = await script.RunAsync(seed, hops.Build);
            Script.AreEqual(expected, came.Results, $"seed {seed}, {hops}");
            Assert.Equal((seed, late, late), (seed, came.DeadLetters, (int)came.LateDropped));
        }
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void The_operator_contract_holds(bool isSubtracted)
    {
        var hops = new Hops(100, 30, 5, isSubtracted);
        var script = Script.Random(new Random(4), 25);
        script.Holds(hops.Build, hops.Model(script).Results);
    }
}
