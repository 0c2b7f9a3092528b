namespace Readings;

/// <summary>What a sensor has measured.</summary>
/// <param name="Sensor">The sensor.</param>
/// <param name="Value">What it has measured.</param>
/// <param name="At">When, in microseconds since the Unix epoch.</param>
/// <param name="Line">The partition that brought it, within which readings keep their order.</param>
internal readonly record struct Reading(int Sensor, long Value, long At, int Line);

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
        return new Reading((int)(mixed >> 33) % Sensors, (long)(mixed >> 40), Start + (number * Apart), partition);
    }

    /// <summary>The second of a reading, from 0.</summary>
    public static long SecondOf(long at) => (at - Start) / 1_000_000;

    /// <summary>What a sensor's readings from one partition have in common with no others: their order.</summary>
    public static int SequenceOf(Reading reading) => (reading.Line * Sensors) + reading.Sensor;
}
