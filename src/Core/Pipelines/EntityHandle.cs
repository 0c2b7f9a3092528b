namespace ActorStreams;

/// <summary>What a keyed operator keeps for its keys, for those who ask a running job for one of them: <c>job.Entity(handle,
/// key)</c>.</summary>
/// <remarks>
/// Streams give it (<see cref="Stream{T}.EntitiesOf{TKey, TState}"/>), so that the operator is named once. Where the pipeline is not at
/// hand, it is made of the names; they are looked up when the job is asked.
/// </remarks>
/// <typeparam name="TKey">The operator's key.</typeparam>
/// <typeparam name="TState">What is kept: what an event-sourced operator keeps, what a state was declared as (a list as
/// <c>IReadOnlyList</c>, a map as <c>Dictionary</c>), or <c>IReadOnlyList&lt;WindowResult&gt;</c> for a window operator.</typeparam>
/// <param name="Operator">The operator's name in the pipeline.</param>
/// <param name="State">The state's name where an operator has several; null: its first.</param>
public sealed record EntityHandle<TKey, TState>(string Operator, string? State = null)
{
    /// <summary>The names, in one text: <c>accounts</c>, <c>accounts/balance</c>.</summary>
    public override string ToString() => State is null ? Operator : $"{Operator}/{State}";
}
