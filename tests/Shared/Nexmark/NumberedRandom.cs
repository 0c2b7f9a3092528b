namespace ActorStreams.Tests;

/// <summary>The random numbers of one event: SplitMix64, begun with a seed and the event's number.</summary>
internal struct NumberedRandom(ulong seed, long number)
{
    private ulong _state = seed ^ ((ulong)number * 0xD1342543DE82EF95);

    /// <summary>From 0 to below a bound.</summary>
    public long Below(long bound) => (long)(((Next() >> 33) * (ulong)bound) >> 31);

    public bool OneIn(int count) => Below(count) == 0;

    /// <summary>From one dollar to a million, in cents; each order of magnitude is as likely as the others.</summary>
    public long Price() => (long)Math.Round(Math.Pow(10, 6 * Unit()) * 100, MidpointRounding.AwayFromZero);

    /// <summary>Three letters or more, some of which are <paramref name="special"/>.</summary>
    public string Text(int longest, char special)
    {
        Span<char> letters = stackalloc char[(int)(3 + Below(longest - 3))];
        for (int at = 0; at < letters.Length; at++)
            letters[at] = OneIn(13) ? special : Letter();
        return letters.Trim().ToString();
    }

    /// <summary>Letters that bring a row to its size: about as many as are missing.</summary>
    /// <param name="missing">How many bytes the row lacks.</param>
    public string Extra(long missing)
    {
        if (missing < 0)
            return "";
        long spread = (long)Math.Round(0.2 * missing, MidpointRounding.AwayFromZero);
        Span<char> letters = stackalloc char[(int)(missing - spread + (spread == 0 ? 0 : Below(2 * spread)))];
        for (int at = 0; at < letters.Length; at++)
            letters[at] = Letter();
        return letters.ToString();
    }

    private char Letter() => (char)('a' + Below(26));

    private double Unit() => (Next() >> 11) * (1.0 / (1L << 53));

    private ulong Next()
    {
        ulong z = _state += 0x9E3779B97F4A7C15;
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
        z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
        return z ^ (z >> 31);
    }
}
