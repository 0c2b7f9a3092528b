namespace ActorStreams.Operators.Tests.Windows;

/// <summary>Sessions that fire once: merged by rows that come between, cut at a maximum length, fired when the watermark passes their
/// end.</summary>
public sealed class SessionSpec
{
    private sealed record Sessions(long Gap, long? Maximum, bool Touching)
    {
        public Stream<string> Build(Stream<Reading> rows)
        {
            SessionWindows windows = Window.Session(TimeSpan.FromMicroseconds(Gap), Maximum is { } maximum
                ? TimeSpan.FromMicroseconds(maximum) : null);
            return rows.KeyBy(row => row.Key).Window("sessions", Touching ? windows.MergeTouching() : windows)
                .Aggregate(Aggregate.Of<Reading>().Count().Sum(row => row.Value))
                .Map(r => FormattableString.Invariant($"{r.Key} {r.Window.Start} {r.Window.End} {r.Result.Item1} {r.Result.Item2}"));
        }

        /// <summary>Every row kept; sessions of a key are lists of rows.</summary>
        public (List<string> Results, int Late) Model(Script script)
        {
            var results = new List<string>();
            var open = new List<List<Reading>>();
            long watermark = long.MinValue;
            int late = 0;
            foreach ((Reading? element, long next) in script.Steps.Append((null, long.MaxValue)))
            {
                if (element is not { } row)
                {
                    watermark = Math.Max(watermark, next);
                    foreach (List<Reading> complete in open.Where(session => End(session) <= watermark).ToList())
                    {
                        open.Remove(complete);
                        results.Add($"{complete[0].Key} {complete.Min(r => r.Time)} {End(complete)} {complete.Count} {complete.Sum(r => r.Value)}");
                    }

                    continue;
                }

                var joined = new List<Reading> { row };
                foreach (List<Reading> session in open.Where(session => session[0].Key == row.Key)
                    .OrderBy(session => session.Min(r => r.Time)).ToList())
                {
                    long start = Math.Max(session.Min(r => r.Time), joined.Min(r => r.Time)), end = Math.Min(End(session), End(joined));
                    List<Reading> both = [.. session, .. joined];
                    if ((Touching ? start > end : start >= end) || End(both) - both.Min(r => r.Time) > (Maximum ?? long.MaxValue))
                        continue;
                    open.Remove(session);
                    joined = both;
                }

                if (End(joined) <= watermark)
                    late++;
                else
                    open.Add(joined);
            }

            return (results, late);
        }

        private long End(List<Reading> session) => session.Max(row => row.Time) + Gap;
    }

    [Fact]
    public async Task Random_streams_give_what_the_model_gives()
    {
        for (int seed = 0; seed < 120; seed++)
        {
            var random = new Random(seed);

            // Neither even nor a multiple of five: the source then tells every watermark, not only those that pass a multiple of what
            // divides a millisecond.
            int gap = (random.Next(12) * 10) + (random.Next(4) switch { 0 => 1, 1 => 3, 2 => 7, _ => 9 });
            var sessions = new Sessions(gap, random.Next(3) == 0 ? gap + random.Next(100) : null, random.Next(3) == 0);
            var script = Script.Random(random, 150, keys: 1 + random.Next(6));
            (List<string> expected, int late) = sessions.Model(script);
            Script.Outcome came = await script.RunAsync(seed, sessions.Build);
            Script.AreEqual(expected, came.Results, $"seed {seed}, {sessions}");
            Assert.Equal((seed, late, late), (seed, came.DeadLetters, (int)came.LateDropped));
        }
    }

    [Fact]
    public void The_operator_contract_holds()
    {
        var sessions = new Sessions(40, null, false);
        var script = Script.Random(new Random(4), 25, keys: 3);
        script.Holds(sessions.Build, sessions.Model(script).Results);
    }
}
