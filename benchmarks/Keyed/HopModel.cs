using ActorStreams.Benchmarks.Harness;
using ActorStreams.Benchmarks.Workloads;

namespace ActorStreams.Benchmarks.Keyed;

/// <summary>The slow answer for hopping windows: a counter for every key and slide, added up for every window.</summary>
internal static class HopModel
{
    private static (Bid[]? Input, TimeSpan Size, TimeSpan Slide, Outcome Outcome) s_last;

    /// <summary>For sides that give other results: one that is right reports the number of its rows, one that is not what it
    /// gave.</summary>
    public static Measurement Checked(Measurement measured, long rows, long expected) =>
        measured with { Outcome = measured.Outcome.GetHashCode() == expected ? new Outcome(rows, 0, 0) : measured.Outcome };

    public static Outcome Counts(Bid[] input, long keys, TimeSpan size, TimeSpan slide)
    {
        if (s_last.Input == input && s_last.Size == size && s_last.Slide == slide)
            return s_last.Outcome;
        long micros = slide.Ticks / 10;
        int slides = (int)(size.Ticks / slide.Ticks);
        var counts = new SortedDictionary<long, int[]>();
        foreach (ref readonly Bid bid in input.AsSpan())
        {
            long at = bid.Time / micros;
            if (!counts.TryGetValue(at, out int[]? slideCounts))
                counts.Add(at, slideCounts = new int[keys]);
            slideCounts[bid.Auction]++;
        }

        var digest = new ResultDigest();
        long first = counts.Keys.First(), last = counts.Keys.Last();
        var window = new int[keys];
        for (long start = first - slides + 1; start <= last; start++)
        {
            Array.Clear(window);
            for (long at = start; at < start + slides; at++)
            {
                if (!counts.TryGetValue(at, out int[]? slideCounts))
                    continue;
                for (int key = 0; key < window.Length; key++)
                    window[key] += slideCounts[key];
            }

            Model.AddTo(digest, start * micros, window);
        }

        s_last = (input, size, slide, digest.Outcome);
        return digest.Outcome;
    }
}
