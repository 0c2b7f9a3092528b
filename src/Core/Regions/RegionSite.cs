using ActorStreams.Core.Exchange;

namespace ActorStreams.Core.Regions;

/// <summary>Where one region of a keyed operator stands, and what all regions are given whatever they do.</summary>
/// <typeparam name="TKey">The key.</typeparam>
/// <typeparam name="TIn">The row that comes in.</typeparam>
/// <param name="Name">The operator's name.</param>
/// <param name="Context">The actor that the region is in.</param>
/// <param name="Shards">The shards that it hosts.</param>
/// <param name="KeyOf">The key of a row.</param>
/// <param name="Errors">What becomes of a row on which user code throws.</param>
/// <param name="WithPositions">Whether rows carry their positions in their sources.</param>
internal sealed record RegionSite<TKey, TIn>(
    string Name, StageContext Context, ShardRange Shards, Func<TIn, TKey> KeyOf, OperatorErrors Errors, bool WithPositions = false);

/// <summary>The same for a region that takes rows of two inputs.</summary>
/// <typeparam name="TKey">The key of both.</typeparam>
/// <typeparam name="TLeft">The row of the left input.</typeparam>
/// <typeparam name="TRight">The row of the right input.</typeparam>
/// <param name="Name">The operator's name.</param>
/// <param name="Context">The actor that the region is in.</param>
/// <param name="Shards">The shards that it hosts, of both inputs.</param>
/// <param name="LeftKeyOf">The key of a left row.</param>
/// <param name="RightKeyOf">The key of a right row.</param>
/// <param name="Errors">What becomes of a row on which user code throws.</param>
internal sealed record TwoInputSite<TKey, TLeft, TRight>(
    string Name, StageContext Context, ShardRange Shards,
    Func<TLeft, TKey> LeftKeyOf, Func<TRight, TKey> RightKeyOf, OperatorErrors Errors);
