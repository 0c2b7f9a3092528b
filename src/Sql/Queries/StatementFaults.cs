using ActorStreams.Sql.Errors;
using ActorStreams.Sql.Values;

namespace ActorStreams.Sql.Queries;

/// <summary>What is wrong with a statement that was bound, as users see it.</summary>
internal static class StatementFaults
{
    public static SqlException Placed(SqlFault fault, string text)
    {
        string message = char.ToUpperInvariant(fault.Message[0]) + fault.Message[1..];
        var error = new SqlException(SqlErrorCategories.Of(fault.State, fault.Message), fault.State,
            message.EndsWith('.') ? message : message + ".", null, fault);
        return fault.Position >= 0 ? error.At(text, new SourceSpan(fault.Position, 1)) : error;
    }
}
