namespace ActorStreams.Core.Regions;

/// <summary>Tells operators of one type apart for the compiler: the loop around each user function is compiled by itself, with the function inside.</summary>
/// <remarks>
/// The runtime inlines a delegate into a loop that has only ever called this one delegate. Two maps of one row type would share a loop and lose that
/// (<c>rx-stages</c> shows what it costs: a call and two copied rows, five times the work of a small function). A struct as further type argument
/// gives each its own copy of the loop; which one follows from the function's metadata token, so neighbouring lambdas differ.
/// </remarks>
internal interface ILoopSite;

internal static class LoopSite
{
    public const int Count = 8;

    public static int Of(Delegate function) => function.Method.MetadataToken % Count;
}

internal readonly struct Site0 : ILoopSite;

internal readonly struct Site1 : ILoopSite;

internal readonly struct Site2 : ILoopSite;

internal readonly struct Site3 : ILoopSite;

internal readonly struct Site4 : ILoopSite;

internal readonly struct Site5 : ILoopSite;

internal readonly struct Site6 : ILoopSite;

internal readonly struct Site7 : ILoopSite;
