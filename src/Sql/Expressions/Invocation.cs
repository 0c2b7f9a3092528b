using System.Globalization;
using System.Reflection;

namespace ActorStreams.Sql.Expressions;

/// <summary>Calls a function once, by reflection.</summary>
internal static class Invocation
{
    /// <remarks><paramref name="values"/>: The arguments; where the function is strict, none is null.</remarks>
    public static object? Of(Function function, object?[] values)
    {
        ParameterInfo[] parameters = function.Method.GetParameters();
        if (function.IsVariadic)
        {
            int fixedCount = parameters.Length - 1;
            Type element = parameters[^1].ParameterType.GetElementType()!;
            var rest = Array.CreateInstance(element, values.Length - fixedCount);
            for (int at = fixedCount; at < values.Length; at++)
                rest.SetValue(values[at], at - fixedCount);
            values = [.. values.AsSpan(0, fixedCount), rest];
        }

        object?[] arguments = new object?[parameters.Length];
        for (int at = 0; at < arguments.Length; at++)
            arguments[at] = As(parameters[at].ParameterType, values[at]);
        return function.Method.Invoke(null, arguments);
    }

    private static object? As(Type parameter, object? value)
    {
        if (parameter.IsGenericType && parameter.GetGenericTypeDefinition() == typeof(Values.Maybe<>))
            return value is null ? Activator.CreateInstance(parameter) : Activator.CreateInstance(parameter, value, true);
        return value is IConvertible && parameter.IsPrimitive && value.GetType() != parameter
            ? Convert.ChangeType(value, parameter, CultureInfo.InvariantCulture)
            : value;
    }
}
