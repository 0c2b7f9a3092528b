using System.Diagnostics;

namespace ActorStreams.Sql.Tests.Cases;

/// <summary>Runs something on a thread whose stack is small, so that what goes too deep shows.</summary>
internal static class SmallStack
{
    public static void Run(int stackBytes, Action action)
    {
        Exception? error = null;
        var thread = new Thread(() =>
        {
            try
            {
                action();
            }
            catch (Exception thrown)
            {
                error = thrown;
            }
        }, stackBytes);
        thread.Start();
        thread.Join();
        if (error is not null)
            throw new UnreachableException(error.Message, error);
    }
}
