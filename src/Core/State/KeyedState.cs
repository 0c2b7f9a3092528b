using ActorStreams.Core.Journal;
using ActorStreams.Core.State;

namespace ActorStreams;

/// <summary>A state that user code declared: knows its name and type before it knows its shards.</summary>
internal interface IKeyedState<TKey>
{
    string Name { get; }

    /// <summary>Gives it its shards and its scope; returns what is journaled.</summary>
    IShardedState Bind(ShardRange shards, KeyScope<TKey> scope);

    object? Read(TKey key, ulong hash);
}

/// <summary>One value per key.</summary>
/// <remarks>A value that is changed in place must be set again: only setting is seen by the journal.</remarks>
/// <typeparam name="T">The value; stored, so it needs a codec.</typeparam>
public abstract class ValueState<T>
{
    private protected ValueState()
    {
    }

    /// <summary>Whether the key has a value.</summary>
    public abstract bool HasValue { get; }

    /// <summary>The key's value; the initial value if it has none.</summary>
    public abstract T Value { get; set; }

    /// <summary>Removes the key's value.</summary>
    public abstract void Clear();
}

/// <summary>A list per key; appending journals what was appended, not the whole.</summary>
/// <typeparam name="T">The item; stored, so it needs a codec.</typeparam>
public abstract class ListState<T>
{
    private protected ListState()
    {
    }

    /// <summary>The key's items, in order; empty if there are none. Valid until the next change.</summary>
    public abstract IReadOnlyList<T> Items { get; }

    /// <summary>Adds an item at the end.</summary>
    public abstract void Add(T item);

    /// <summary>Removes all items of the key.</summary>
    public abstract void Clear();

    /// <summary>Replaces the items; the whole list is journaled.</summary>
    public abstract void Replace(IEnumerable<T> items);
}

/// <summary>A map per key; each change journals the entry that changed, not the whole.</summary>
/// <typeparam name="TField">The key within the map; stored, so it needs a codec.</typeparam>
/// <typeparam name="T">The value; stored, so it needs a codec.</typeparam>
public abstract class MapState<TField, T>
    where TField : notnull
{
    private protected MapState()
    {
    }

    /// <summary>The key's entries, in no promised order. Valid until the next change.</summary>
    public abstract IReadOnlyDictionary<TField, T> Entries { get; }

    /// <summary>Adds or replaces an entry.</summary>
    public abstract void Put(TField field, T value);

    /// <summary>Removes an entry.</summary>
    /// <returns>Whether it was there.</returns>
    public abstract bool Remove(TField field);

    /// <summary>Removes all entries of the key.</summary>
    public abstract void Clear();

    /// <summary>The value of an entry.</summary>
    /// <returns>Whether it is there.</returns>
    public abstract bool TryGet(TField field, [System.Diagnostics.CodeAnalysis.MaybeNullWhen(false)] out T value);
}
