using System.Security.Cryptography;

namespace ActorStreams.Core.Keys;

/// <summary>The seed of a job's hashes: drawn when the job is first created, stored with it, and the same ever after.</summary>
/// <remarks>
/// Who can choose keys, but does not know the seed, cannot choose such as fall together: into one shard, or into one place of a table.
/// The lowest bits of a
/// seed are zero, so that numbers given out in sequence stay a run of neighbours after they were combined with it, and spread without
/// collisions.
/// </remarks>
internal static class KeySeed
{
    /// <summary>The seed of hashes that jobs share or that outlive them (places in topics, sketches, names of schemas), and of jobs that
    /// began before there were seeds.</summary>
    public const ulong None = 0;

    private const ulong Used = ~0UL << 14;

    public static ulong Of(ulong random) => random & Used;

    /// <summary>One that nobody can know.</summary>
    public static ulong Draw()
    {
        Span<byte> random = stackalloc byte[sizeof(ulong)];
        RandomNumberGenerator.Fill(random);
        return Of(BitConverter.ToUInt64(random));
    }
}
