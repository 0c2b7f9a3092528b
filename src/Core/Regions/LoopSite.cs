using System.Reflection;

namespace ActorStreams.Core.Regions;

/// <summary>Tells operators of one type apart for the compiler: the loop around each user function is compiled by itself, with the function
/// inside.</summary>
/// <remarks>
/// The runtime inlines a delegate into a loop that has only ever called this one delegate. Two maps of one row type would share a loop and
/// lose that (<c>rx-stages</c> shows what it costs: a call and two copied rows, five times the work of a small function). A struct as
/// further type argument
/// gives each its own copy of the loop, whatever struct it is; which one follows from the function's metadata token, so neighbouring
/// lambdas differ.
/// </remarks>
internal static class LoopSite
{
    private const int Count = 8;

    /// <summary>Makes the loop around a function, in one of eight copies.</summary>
    public static TLoop Of<TLoop>(Delegate function, ILoopMaker<TLoop> maker) => (TokenOf(function) % Count) switch
    {
        0 => maker.Make<sbyte>(),
        1 => maker.Make<byte>(),
        2 => maker.Make<short>(),
        3 => maker.Make<ushort>(),
        4 => maker.Make<int>(),
        5 => maker.Make<uint>(),
        6 => maker.Make<long>(),
        _ => maker.Make<ulong>(),
    };

    /// <summary>What is compiled while the program runs has none, and is never inlined.</summary>
    private static int TokenOf(Delegate function) => function.Method.HasMetadataToken() ? function.Method.MetadataToken : 0;
}

/// <summary>Makes a loop that has its copy (<see cref="LoopSite"/>) as a type argument.</summary>
internal interface ILoopMaker<TLoop>
{
    /// <typeparam name="TSite">Which copy; the type means nothing else.</typeparam>
    TLoop Make<TSite>()
        where TSite : struct;
}
