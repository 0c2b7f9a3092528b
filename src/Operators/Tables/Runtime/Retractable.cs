using System.Runtime.InteropServices;

namespace ActorStreams.Operators.Tables.Runtime;

/// <summary>A fold that can be taken back.</summary>
internal sealed record Retractable<T, TState, TResult>(
    Func<TState> Initial, Func<TState, T, TState> Add, Func<TState, T, TState> Remove, Func<TState, long, TResult> Result)
{
    /// <summary>Whether a row can be taken away; null: any can, in any order.</summary>
    public Func<TState, T, bool>? Holds { get; init; }
}

/// <summary>What is kept for a group: the number of its rows, and what they add up to.</summary>
[StructLayout(LayoutKind.Auto)]
internal record struct GroupCell<TState>(long Count, TState State);
