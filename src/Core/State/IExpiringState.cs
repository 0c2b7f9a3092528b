namespace ActorStreams.Core.State;

/// <summary>A state of user code whose values live for a time.</summary>
internal interface IExpiringState
{
    string Name { get; }

    Lives Lives { get; }

    /// <summary>Looks at so many places of the state, going round, and removes what is over for good.</summary>
    void Sweep(int slots);

    /// <summary>Removes what is over for good of the present key.</summary>
    void Purge();
}

/// <summary>What of a cell is over for good.</summary>
internal interface ICellCleaner<TCell>
{
    CellFate FateOf(in TCell cell);

    /// <summary>Removes what is over of a cell whose fate is <see cref="CellFate.Trim"/>.</summary>
    void Trim(ref TCell cell);
}

internal enum CellFate
{
    /// <summary>Nothing is to be done, or not enough to be worth it.</summary>
    Keep,

    /// <summary>Some of it is over, or has no time yet.</summary>
    Trim,

    /// <summary>All of it is over.</summary>
    Remove,
}
