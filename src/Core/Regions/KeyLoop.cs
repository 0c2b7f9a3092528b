using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics.X86;

namespace ActorStreams.Core.Regions;

/// <summary>Finds the keys of rows, a chunk at a time: the loop around one key function (see <see cref="LoopSite"/>).</summary>
internal abstract class KeyLoop<TKey, T>
{
    /// <summary>The key and the hash of each row.</summary>
    /// <param name="rows">The rows, at most <see cref="Chunk{T}.Size"/>.</param>
    /// <param name="keys">Gets the keys.</param>
    /// <param name="hashes">Gets the hashes.</param>
    /// <param name="row">Where it stands if the function throws.</param>
    public abstract void Find(ReadOnlySpan<T> rows, Span<TKey> keys, Span<ulong> hashes, ref int row);

    /// <param name="keyOf">The key of a row.</param>
    /// <param name="seed">The seed of the job's hashes.</param>
    public static KeyLoop<TKey, T> Of(Func<T, TKey> keyOf, ulong seed) => LoopSite.Of(keyOf, new Maker(keyOf, seed));

    private sealed class Maker(Func<T, TKey> keyOf, ulong seed) : ILoopMaker<KeyLoop<TKey, T>>
    {
        public KeyLoop<TKey, T> Make<TSite>()
            where TSite : struct => new At<TSite>(keyOf, seed);
    }

    private sealed class At<TSite>(Func<T, TKey> keyOf, ulong seed) : KeyLoop<TKey, T>
        where TSite : struct
    {
        [MethodImpl(MethodImplOptions.NoInlining)]
        public override unsafe void Find(ReadOnlySpan<T> rows, Span<TKey> keys, Span<ulong> hashes, ref int row)
        {
            Func<T, TKey> keyOfRow = keyOf;
            ulong ofJob = seed;
            keys = keys[..rows.Length];
            hashes = hashes[..rows.Length];
            byte* next = (byte*)Unsafe.AsPointer(ref Unsafe.AsRef(in MemoryMarshal.GetReference(rows))) +
                (Chunk<T>.Size * (nint)Unsafe.SizeOf<T>());
            for (int at = 0; at < rows.Length; at++)
            {
                // The chunk after this one mostly lies behind it in memory: fetched now, it is there when its turn comes.
                if (Sse.IsSupported)
                    Sse.Prefetch0(next + (at * (nint)Unsafe.SizeOf<T>()));
                row = at;
                TKey key = keyOfRow(rows[at]);
                keys[at] = key;
                hashes[at] = KeyHash<TKey>.Of(key, ofJob);
            }
        }
    }
}
