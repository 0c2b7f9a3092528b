using System.Runtime.InteropServices;

namespace ActorStreams;

/// <summary>What happens to the row of a key: it is put in the place of what was there, or it is deleted; or every row of the table
/// is.</summary>
/// <remarks>What captured tables give, what sinks of upserts take, and what <c>ToTable</c> folds. A deletion needs the key alone, because
/// often nothing else is known of the row that went.</remarks>
/// <param name="Kind">What happens.</param>
/// <param name="Key">The key; default if all rows go.</param>
/// <param name="Row">The row that is put; default otherwise.</param>
/// <typeparam name="TKey">The key.</typeparam>
/// <typeparam name="T">The row.</typeparam>
[ChangelogRow(ChangelogMode.Upsert)]
[StructLayout(LayoutKind.Auto)]
public readonly record struct Upsert<TKey, T>(UpsertKind Kind, TKey? Key, T? Row)
{
    /// <summary>Deletes every row.</summary>
    public static Upsert<TKey, T> Clear { get; } = new(UpsertKind.Clear, default, default);

    /// <summary>Puts a row.</summary>
    public static Upsert<TKey, T> Put(TKey key, T row) => new(UpsertKind.Put, key, row);

    /// <summary>Deletes the row of a key.</summary>
    public static Upsert<TKey, T> Delete(TKey key) => new(UpsertKind.Delete, key, default);
}

/// <summary>What an <see cref="Upsert{TKey, T}"/> does.</summary>
public enum UpsertKind : byte
{
    /// <summary>The row is what the key has from now on.</summary>
    Put,

    /// <summary>The key has no row any more.</summary>
    Delete,

    /// <summary>No key has a row any more.</summary>
    Clear,
}
