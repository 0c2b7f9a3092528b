namespace ActorStreams.Sql.Expressions.Functions;

internal static class DateTimeParts
{
}
