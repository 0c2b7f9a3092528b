namespace ActorStreams.Core.Keys;

/// <summary>A composite key that hashes its fields itself: a few nanoseconds, where its stored form would have to be written
/// first.</summary>
/// <remarks>For types that are made while the program runs, and compare field by field. Keys that are equal must have one hash, the same in
/// every process; <see cref="FieldHashes"/> gives it.</remarks>
internal interface IHashedKey
{
    /// <summary>The hash of the key.</summary>
    /// <param name="seed">That of the job.</param>
    ulong HashOf(ulong seed);
}

/// <summary>Puts the hash of a key together from those of its fields.</summary>
internal static class FieldHashes
{
    /// <summary>The hash of no field.</summary>
    public const ulong None = 0x9E37_79B9_7F4A_7C15;

    private const ulong Absent = 0xC2B2_AE3D_27D4_EB4F;

    /// <summary>The hash with one more field.</summary>
    public static ulong Add<TField>(ulong hash, TField value, ulong seed) => Fold(hash, KeyHash<TField>.Of(value, seed), seed);

    /// <summary>The hash with one more field that may be null.</summary>
    public static ulong AddNullable<TField>(ulong hash, TField? value, ulong seed)
        where TField : struct => Fold(hash, value is { } known ? KeyHash<TField>.Of(known, seed) : Absent, seed);

    private static ulong Fold(ulong hash, ulong field, ulong seed)
    {
        ulong high = Math.BigMul(hash ^ field, 0xA24B_AED4_963E_E407UL ^ seed, out ulong low);
        return high ^ low ^ field;
    }
}
