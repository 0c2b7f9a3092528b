namespace ActorStreams.Persistence.Tests.Golden;

/// <summary>A row of the golden jobs: the same rows in every run, on every machine.</summary>
/// <param name="Key">One of five.</param>
/// <param name="Time">Event time in microseconds, from 2026-01-01 on; about 30 seconds from row to row, at most 20 seconds out of order
/// unless late.</param>
/// <param name="Value">0 to 99.</param>
/// <param name="Kind">login, order or logout.</param>
public sealed record GoldenRow(string Key, long Time, int Value, string Kind)
{
    public const int Count = 96;

    private const long Second = 1_000_000, Start = 1_767_225_600 * Second;
    private static readonly string[] s_kinds = ["login", "order", "logout"];

    public DateTimeOffset At => DateTimeOffset.UnixEpoch.AddMicroseconds(Time);

    /// <summary>Rows of the input on the left: every seventeenth is five minutes late.</summary>
    public static IReadOnlyList<GoldenRow> Left { get; } = Make(seed: 11, lateEvery: 17);

    /// <summary>Rows of the input on the right: none is late.</summary>
    public static IReadOnlyList<GoldenRow> Right { get; } = Make(seed: 23, lateEvery: int.MaxValue);

    public override string ToString() => FormattableString.Invariant($"{Key} {At:HH:mm:ss} {Value} {Kind}");

    private static GoldenRow[] Make(uint seed, int lateEvery)
    {
        uint state = seed;
        var rows = new GoldenRow[Count];
        for (int index = 0; index < rows.Length; index++)
        {
            long time = Start + ((index * 30L) + Draw(20)) * Second;
            if ((index + 1) % lateEvery == 0)
                time -= 300 * Second;
            rows[index] = new GoldenRow($"{(char)('a' + Draw(5))}", time, Draw(100), s_kinds[Draw(3)]);
        }

        return rows;

        int Draw(int below)
        {
            state = (state * 1_664_525) + 1_013_904_223;
            return (int)((state >> 8) % (uint)below);
        }
    }
}
