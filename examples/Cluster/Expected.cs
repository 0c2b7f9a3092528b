using Earthquakes;

namespace Readings;

/// <summary>What the tables must hold, by the plainest means: one row after the other, no stream, no epoch.</summary>
internal static class Expected
{
    /// <summary>Of each sensor and second the number of readings, and the sum of what was measured.</summary>
    public static Dictionary<(long Sensor, long Second), (long Count, long Sum)> Seconds(long rows)
    {
        var seconds = new Dictionary<(long, long), (long Count, long Sum)>();
        foreach (Reading reading in Readings(rows))
        {
            (long, long) key = (reading.Sensor, Generated.SecondOf(reading.At));
            (long Count, long Sum) before = seconds.GetValueOrDefault(key);
            seconds[key] = (before.Count + 1, before.Sum + reading.Value);
        }

        return seconds;
    }

    /// <summary>Of each sequence the hash over its first readings, wherever it is told.</summary>
    public static Dictionary<(long Key, long Count), long> Sequences(long rows)
    {
        var told = new Dictionary<(long, long), long>();
        var sequences = new Dictionary<int, Sequence>();
        foreach (Reading reading in Readings(rows))
        {
            int key = Generated.SequenceOf(reading);
            Sequence now = sequences.GetValueOrDefault(key).With(reading);
            sequences[key] = now;
            if (now.Count % Sequence.ToldAfter == 0)
                told[(key, now.Count)] = now.Hash;
        }

        return told;
    }

    /// <summary>Of each network and six hours the number of earthquakes and the strongest; and how many came too late for that.</summary>
    public static (Dictionary<(string Network, long Window), (long Count, double Strongest)> Windows, long Late) Quakes()
    {
        var windows = new Dictionary<(string, long), (long Count, double Strongest)>();
        long size = TimeSpan.FromHours(6).Ticks, latest = 0, late = 0;
        foreach (Quake quake in QuakesPipeline.All())
        {
            latest = Math.Max(latest, quake.Time.UtcTicks);
            long window = quake.Time.UtcTicks - (quake.Time.UtcTicks % size);
            if (window + size <= latest - QuakesPipeline.OutOfOrderness.Ticks)
            {
                late++;
                continue;
            }

            (long Count, double Strongest) before = windows.GetValueOrDefault((quake.Network, window), (0, double.NegativeInfinity));
            windows[(quake.Network, window)] = (before.Count + 1, Math.Max(before.Strongest, quake.Magnitude ?? double.NegativeInfinity));
        }

        return (windows, late);
    }

    private static IEnumerable<Reading> Readings(long rows)
    {
        for (int partition = 0; partition < Generated.Partitions; partition++)
        {
            for (long number = 0; number < rows / Generated.Partitions; number++)
                yield return Generated.Of(partition, number);
        }
    }
}
