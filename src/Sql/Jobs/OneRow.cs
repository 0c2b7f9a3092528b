using ActorStreams.Operators.Stateless;

namespace ActorStreams.Sql.Jobs;

/// <summary>Runs a loop over one row without values: for values of the text of a statement.</summary>
internal static class OneRow
{
    public static object?[] Of(Type row, Delegate loop) =>
        ((IOneRow)Activator.CreateInstance(typeof(Run<>).MakeGenericType(row))!).Of(loop);

    private interface IOneRow
    {
        object?[] Of(Delegate loop);
    }

    private sealed class Run<TRow> : IOneRow
    {
        public object?[] Of(Delegate loop)
        {
            object?[][] made = [[]];
            Span<int> kept = stackalloc int[1];
            int row = 0, count = 0;
            ((RowLoop<TRow, object?[]>)loop)([default!], made, kept, ref row, ref count);
            return made[0];
        }
    }
}
