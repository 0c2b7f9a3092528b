namespace ActorStreams.TestKit;

/// <summary>Random numbers that follow from a seed alone: the same on every machine and in every version of .NET.</summary>
/// <remarks>SplitMix64 (Steele, Lea, Flood: Fast splittable pseudorandom number generators, 2014).</remarks>
/// <param name="seed">Any number.</param>
public sealed class SimulationRandom(ulong seed)
{
    private ulong _state = seed;

    /// <summary>64 random bits.</summary>
    public ulong NextBits()
    {
        _state += 0x9E3779B97F4A7C15;
        return Mix(_state);
    }

    /// <summary>A number in [0, <paramref name="bound"/>).</summary>
    public int Next(int bound)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(bound, 1);
        return (int)(((NextBits() >> 32) * (ulong)bound) >> 32);
    }

    /// <summary>A number in [<paramref name="from"/>, <paramref name="to"/>], both included.</summary>
    public int Between(int from, int to) => from + Next(to - from + 1);

    /// <summary>True in <paramref name="perMille"/> of 1,000 cases.</summary>
    public bool Chance(int perMille) => Next(1000) < perMille;

    /// <summary>One of the choices.</summary>
    public T OneOf<T>(params ReadOnlySpan<T> choices) => choices[Next(choices.Length)];

    /// <summary>A generator of its own for one purpose: drawing from it changes nothing for the others.</summary>
    public static SimulationRandom For(ulong seed, string purpose)
    {
        ulong mixed = Mix(seed + 0x9E3779B97F4A7C15);
        foreach (char c in purpose)
            mixed = Mix(mixed ^ c);
        return new SimulationRandom(mixed);
    }

    internal static ulong Mix(ulong bits)
    {
        bits = (bits ^ (bits >> 30)) * 0xBF58476D1CE4E5B9;
        bits = (bits ^ (bits >> 27)) * 0x94D049BB133111EB;
        return bits ^ (bits >> 31);
    }
}
