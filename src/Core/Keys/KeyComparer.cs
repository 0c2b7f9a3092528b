namespace ActorStreams.Core.Keys;

/// <summary>Keys in dictionaries and sets: equal as everywhere, and hashed by a seed of the process, because
/// <see cref="object.GetHashCode"/> of numbers has none.</summary>
/// <remarks>What a dictionary enumerates, and in which order, does not follow from its hashes: runs that are repeated are alike in every
/// process.</remarks>
internal sealed class KeyComparer<TKey> : IEqualityComparer<TKey>
{
    /// <summary>The seed of the process.</summary>
    public static readonly ulong Seed = KeySeed.Draw();

    public static KeyComparer<TKey> Instance { get; } = new();

    /// <summary>Keys together with something else.</summary>
    public static IEqualityComparer<(TKey, TOther)> With<TOther>() => Pairs<TOther>.Instance;

    public static int HashOf(TKey key) => (int)(KeyHash<TKey>.Of(key, Seed) >> 32);

    public bool Equals(TKey? x, TKey? y) => EqualityComparer<TKey>.Default.Equals(x, y);

    public int GetHashCode(TKey obj) => HashOf(obj);

    private sealed class Pairs<TOther> : IEqualityComparer<(TKey Key, TOther Other)>
    {
        public static Pairs<TOther> Instance { get; } = new();

        public bool Equals((TKey Key, TOther Other) x, (TKey Key, TOther Other) y) =>
            EqualityComparer<TOther>.Default.Equals(x.Other, y.Other) && EqualityComparer<TKey>.Default.Equals(x.Key, y.Key);

        public int GetHashCode((TKey Key, TOther Other) obj) => HashCode.Combine(HashOf(obj.Key), obj.Other);
    }
}
