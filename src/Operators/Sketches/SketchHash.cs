using System.Runtime.CompilerServices;

namespace ActorStreams.Operators.Sketches;

/// <summary>The 64-bit hash that sketches are made of: the same in every process and version, because sketches are stored. Every bit
/// depends on every bit.</summary>
/// <remarks>The hash that places keys, finished by Stafford's variant 13 of MurmurHash3's mixer, the one of SplitMix64 (Steele, Lea, Flood:
/// "Fast splittable pseudorandom number generators", 2014), because the former only spreads its top bits.</remarks>
internal static class SketchHash
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ulong Of<TItem>(TItem item) => Mix(KeyHash<TItem>.Stable(item));

    /// <summary>The same by a seed of the process, for indexes that are not stored: nobody can choose items that meet in one
    /// place.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ulong OfProcess<TItem>(TItem item) => Mix(KeyHash<TItem>.Of(item, KeyComparer<TItem>.Seed));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ulong Mix(ulong value)
    {
        value = (value ^ (value >> 30)) * 0xBF58476D1CE4E5B9;
        value = (value ^ (value >> 27)) * 0x94D049BB133111EB;
        return value ^ (value >> 31);
    }

    /// <summary>The next number of a SplitMix64 generator: randomness that a replay repeats, because the state is stored.</summary>
    public static ulong Next(ref ulong state) => Mix(state += 0x9E3779B97F4A7C15);

    /// <summary>A number in [0, bound).</summary>
    public static long Below(long bound, ref ulong state) => (long)Math.BigMul((ulong)bound, Next(ref state), out _);

    /// <summary>A number in [0, 1).</summary>
    public static double Unit(ref ulong state) => (Next(ref state) >> 11) * (1.0 / (1UL << 53));
}
