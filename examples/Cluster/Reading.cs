namespace Readings;

/// <summary>What a sensor has measured.</summary>
/// <param name="Sensor">The sensor.</param>
/// <param name="Value">What it has measured.</param>
/// <param name="At">When, in microseconds since the Unix epoch.</param>
internal readonly record struct Reading(int Sensor, long Value, long At);

/// <summary>Readings that follow from their number alone, so that everybody can count them again.</summary>
internal static class Generated
{
    public const int Sensors = 199, Partitions = 6;

    /// <summary>2026-01-01.</summary>
    private const long Start = 1_767_225_600_000_000;

    /// <summary>Between two readings of a partition, in microseconds.</summary>
    private const long Apart = 600;

    public static Reading Of(int partition, long number)
    {
        ulong mixed = (ulong)((number * Partitions) + partition + 1) * 0x9E3779B97F4A7C15;
        return new Reading((int)(mixed >> 33) % Sensors, (long)(mixed >> 40), Start + (number * Apart));
    }

    /// <summary>The second of a reading, from 0.</summary>
    public static long SecondOf(long at) => (at - Start) / 1_000_000;

    /// <summary>Of each sensor and second the number of readings, and the sum of what was measured.</summary>
    public static Dictionary<(int Sensor, long Second), (long Count, long Sum)> Counted(long rows)
    {
        var counted = new Dictionary<(int, long), (long Count, long Sum)>();
        for (int partition = 0; partition < Partitions; partition++)
        {
            for (long number = 0; number < rows / Partitions; number++)
            {
                Reading reading = Of(partition, number);
                (int, long) key = (reading.Sensor, SecondOf(reading.At));
                (long Count, long Sum) before = counted.GetValueOrDefault(key);
                counted[key] = (before.Count + 1, before.Sum + reading.Value);
            }
        }

        return counted;
    }
}
