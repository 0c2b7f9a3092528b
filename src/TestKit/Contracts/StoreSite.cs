namespace ActorStreams.TestKit;

/// <summary>Where a store under test keeps its data: opened, opened again, and looked into from beside.</summary>
/// <remarks>One site is one empty place, a file or a schema of its own. The contract makes one for each requirement, and disposes of
/// it.</remarks>
public abstract class StoreSite : IAsyncDisposable
{
    /// <summary>Whether data outlives the object that opened it. A store that lives in memory alone says no: its <see cref="Open"/> gives
    /// the same
    /// store each time, and it is not closed in between. Default: true.</summary>
    public virtual bool IsDurable => true;

    /// <summary>A store on the site's data. The one that was opened before is closed or, as in a crash, forgotten; some requirements use
    /// both.</summary>
    public abstract Store Open();

    /// <summary>What another reader finds in a table that transactional sinks have written: the proof that rows are where users look for
    /// them.</summary>
    /// <param name="name">The table.</param>
    /// <param name="types">The types of its columns, in their order.</param>
    /// <returns>The rows in any order. Values are <see cref="long"/>, <see cref="double"/>, <see cref="string"/>, <see cref="bool"/>,
    /// <see cref="T:byte[]"/>, <see cref="DateTimeOffset"/>, or null.</returns>
    public abstract Task<IReadOnlyList<object?[]>> ReadTableAsync(string name, params ColumnType[] types);

    /// <summary>Removes the data.</summary>
    public virtual ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        return ValueTask.CompletedTask;
    }
}
