namespace ActorStreams.Sql.Values;

/// <summary>What is wrong with a value or an expression, with PostgreSQL's code for it; who knows the statement adds place and
/// text.</summary>
internal sealed class SqlFault(string state, string message, int position = -1, Exception? inner = null) : Exception(message, inner)
{
    /// <summary>Five characters; see <see cref="Errors.SqlState"/>.</summary>
    public string State { get; } = state;

    /// <summary>Where in the text of the statement; -1: not known.</summary>
    public int Position { get; } = position;

    public SqlFault At(int position) => Position >= 0 ? this : new SqlFault(State, Message, position, this);
}
