using ActorStreams.Authoring;

namespace ActorStreams.Operators.Tests.Windows;

/// <summary>Hopping windows by slices: the same results as one update per window gives, for subtracted and for merged aggregates.</summary>
public sealed class HoppingSlicesSpec
{
    internal readonly record struct Hops(long Size, long Slide, long Offset, bool IsSubtracted, bool IsTwoPhase = false)
    {
        public Stream<string> Build(Stream<Reading> rows) => IsSubtracted
            ? Of(rows, Aggregate.Of<Reading>().Count().Sum(row => row.Value))
                .Map(r => FormattableString.Invariant($"{r.Key} {r.Window.Start} {r.Window.End} {r.Result.Item1} {r.Result.Item2}"))
            : Of(rows, Aggregate.Of<Reading>().Count().Max(row => row.Value).Average(row => (double)row.Value)
                .Into((count, max, average) => (count, max, average)))
                .Map(r => FormattableString.Invariant(
                    $"{r.Key} {r.Window.Start} {r.Window.End} {r.Result.Item1} {r.Result.Item2} {r.Result.Item3:F3}"));

        private Stream<WindowResult<string, TOut>> Of<TOut>(Stream<Reading> rows, Aggregate<Reading, TOut> aggregate) =>
            (IsTwoPhase ? Windowed(rows).TwoPhase() : Windowed(rows)).Aggregate(aggregate);

        private WindowedStream<string, Reading> Windowed(Stream<Reading> rows) => rows.KeyBy(row => row.Key)
            .Window("hops",
                Window.Hopping(TimeSpan.FromMicroseconds(Size), TimeSpan.FromMicroseconds(Slide), TimeSpan.FromMicroseconds(Offset)));

        /// <summary>All elements kept, everything recomputed: a row counts in each of its windows that is not complete when it
        /// comes.</summary>
        public (List<string> Results, int Late) Model(Script script)
        {
            var windows = Windows(script, row => row.Value, out int late);
            return ([.. windows.Select(Text)], late);
        }

        /// <summary>The values that each window holds.</summary>
        public Dictionary<(string Key, long Start), List<long>> Windows(Script script, Func<Reading, long> valueOf) =>
            Windows(script, valueOf, out _);

        private Dictionary<(string Key, long Start), List<long>> Windows(Script script, Func<Reading, long> valueOf, out int late)
        {
            var windows = new Dictionary<(string Key, long Start), List<long>>();
            long watermark = long.MinValue;
            late = 0;
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
                    (windows.TryGetValue((row.Key, start), out List<long>? values) ? values
                        : windows[(row.Key, start)] = []).Add(valueOf(row));
                }

                if (all > 0 && open == 0)
                    late++;
            }

            return windows;
        }

        private string Text(KeyValuePair<(string Key, long Start), List<long>> window) =>
            FormattableString.Invariant($"{window.Key.Key} {window.Key.Start} {window.Key.Start + Size} {window.Value.Count} ") +
                (IsSubtracted
                ? FormattableString.Invariant($"{window.Value.Sum()}")
                : FormattableString.Invariant($"{window.Value.Max()} {window.Value.Average():F3}"));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Random_streams_give_what_the_model_gives(bool isSubtracted)
    {
        for (int seed = 0; seed < 30; seed++)
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

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Keys_that_come_once_and_vanish_are_in_their_windows_and_no_other(bool isSubtracted)
    {
        for (int seed = 0; seed < 8; seed++)
        {
            var random = new Random(seed);
            var hops = new Hops(random.Next(500, 2_000), random.Next(100, 400), 0, isSubtracted);
            var script = Script.Random(random, 600, keys: 400);
            Script.AreEqual(hops.Model(script).Results, (await script.RunAsync(seed, hops.Build)).Results, $"seed {seed}, {hops}");
        }
    }

    [Theory]
    [InlineData(true, false)]
    [InlineData(true, true)]
    [InlineData(false, false)]
    public async Task Slices_of_many_rows_of_few_keys_give_what_the_model_gives(bool isSubtracted, bool inOrder)
    {
        for (int seed = 0; seed < 8; seed++)
        {
            var random = new Random(seed);
            var hops = new Hops(random.Next(2, 6) * 1_000, 1_000, random.Next(1_000), isSubtracted);
            var script = Script.Random(random, 1_000, keys: 3, inOrder);
            Script.AreEqual(hops.Model(script).Results, (await script.RunAsync(seed, hops.Build)).Results, $"seed {seed}, {hops}");
        }
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Rows_that_come_late_between_restarts_are_in_the_windows_still_open(bool isSubtracted)
    {
        var hops = new Hops(500, 100, 0, isSubtracted);
        for (int seed = 0; seed < 20; seed++)
        {
            var script = Script.Random(new Random(seed), 200);
            Script.AreEqual(hops.Model(script).Results, (await script.RunAsync(seed, hops.Build)).Results, $"seed {seed}");
        }
    }

    [Fact]
    public async Task A_window_whose_sum_overflows_is_an_error_of_this_window_and_of_no_later_one()
    {
        const long Half = (long.MaxValue / 2) + 1, Slide = 100, Size = 500;
        static bool IsHuge(Reading row) => row.Value > 20;
        int tooMuch = 0;
        static long ValueOf(Reading row) => IsHuge(row) ? Half : Math.Abs(row.Value);
        for (int seed = 0; seed < 20; seed++)
        {
            // One huge row for each key and slice at most: two of them in a window are too much, whatever the order.
            var huge = new HashSet<(string, long)>();
            Script script = Script.Random(new Random(seed), 250)
                .Where(row => !IsHuge(row) || huge.Add((row.Key, EventTime.FloorDiv(row.Time, Slide))));
            var windows = new Hops(Size, Slide, 0, IsSubtracted: true).Windows(script, ValueOf);
            Script.Outcome came = await script.RunAsync(seed, rows => rows.KeyBy(row => row.Key)
                .Window("hops", Window.Hopping(TimeSpan.FromMicroseconds(Size), TimeSpan.FromMicroseconds(Slide))).DropLate()
                .Aggregate(Aggregate.Of<Reading>().Sum(ValueOf))
                    .Map(r => FormattableString.Invariant($"{r.Key} {r.Window.Start} {r.Result}")), ErrorPolicy.Skip);

            var fits = windows.Where(window => window.Value.Count(value => value == Half) < 2).ToList();
            tooMuch += windows.Count - fits.Count;
            Script.AreEqual(
                fits.Select(window => FormattableString.Invariant($"{window.Key.Key} {window.Key.Start} {window.Value.Sum()}")),
                came.Results, $"seed {seed}");
            Assert.Equal((seed, windows.Count - fits.Count), (seed, came.DeadLetters));
        }

        Assert.NotEqual(0, tooMuch);
    }

    [Fact]
    public async Task A_value_that_is_no_number_spoils_the_windows_that_hold_it_and_no_other()
    {
        static double ValueOf(Reading row) => row.Value > 45 ? double.NaN : row.Value;
        for (int seed = 0; seed < 20; seed++)
        {
            var script = Script.Random(new Random(seed), 200);
            var windows = new Hops(500, 100, 0, IsSubtracted: false).Windows(script, row => row.Value > 45 ? long.MinValue : row.Value);
            Script.Outcome came = await script.RunAsync(seed, rows => rows.KeyBy(row => row.Key)
                .Window("hops", Window.Hopping(TimeSpan.FromMicroseconds(500), TimeSpan.FromMicroseconds(100))).DropLate()
                .Aggregate(Aggregate.Of<Reading>().Sum(ValueOf))
                    .Map(r => FormattableString.Invariant($"{r.Key} {r.Window.Start} {r.Result:F0}")));
            Script.AreEqual(
                windows.Select(
                    window => FormattableString.Invariant(
                    $"{window.Key.Key} {window.Key.Start} {(window.Value.Contains(long.MinValue) ? double.NaN : window.Value.Sum()):F0}")),
                came.Results,
                $"seed {seed}");
        }
    }
}
